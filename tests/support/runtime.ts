import { rmSync } from "node:fs";
import { readEnv } from "../../app/platform/env";
import { createRuntime, type Runtime } from "../../app/runtime/create-runtime";
import { scratchFolder } from "../../scripts/services/reaper";
import { asAppRole } from "./template-database";

/** A scratch directory; call `remove` at the end of the test. */
export function scratchDirectory(name: string) {
  const dir = scratchFolder(name);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** The runtime of a web process or a worker, in this process, with only the given environment. */
export function createTestRuntime(
  settings: {
    DATABASE_URL: string;
    JOURNAL_DIR: string;
    REDIS_URL?: string;
    [name: string]: string | undefined;
  },
  role: "web" | "worker" = "web",
): Promise<Runtime> {
  const env = readEnv({
    NODE_ENV: "test",
    LOG_LEVEL: "silent",
    SESSION_SECRET: "only for tests, as it is written here",
    VIEW_TRACKING_REDIS_ENABLED: settings.REDIS_URL ? "true" : "false",
    ...settings,
    DATABASE_URL: asAppRole(settings.DATABASE_URL),
  });
  return createRuntime(env, role);
}
