import { existsSync } from "node:fs";
import { build } from "../../scripts/services/build";
import { freePort } from "../../scripts/services/free-port";
import { type Log, type Process, startProcess } from "../e2e/processes";
import { asAppRole } from "./template-database";

export type { Log };

export interface WebProcess extends Process {
  port: number;
  origin: string;
  logs: Log[];
}

/** Builds the site if build/ is missing. Only the browser tests need a current build. */
export async function needBuild() {
  if (!existsSync("build/server/index.js")) await build();
}

/** Starts a real web process on a free port; resolves when it answers. The caller stops it. */
export async function startWeb(settings: Record<string, string>): Promise<WebProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const logs: Log[] = [];
  const web = startProcess("web", { ...common, PORT: String(port), ...asSite(settings) }, logs);
  await web.until(async () => (await fetch(`${origin}/healthz`)).ok);
  return { ...web, port, origin, logs };
}

/** Starts a real worker; resolves when it logs that it is up. The caller stops it. */
export async function startWorker(settings: Record<string, string>): Promise<Process & { logs: Log[] }> {
  const logs: Log[] = [];
  const worker = startProcess("worker", { ...common, ...asSite(settings) }, logs);
  await worker.until(async () => logs.some((log) => log.msg === "the worker is up"));
  return { ...worker, logs };
}

/** As the site's own role in Postgres. */
const asSite = (settings: Record<string, string>) => ({
  ...settings,
  ...(settings.DATABASE_URL && { DATABASE_URL: asAppRole(settings.DATABASE_URL) }),
});

const common = {
  NODE_ENV: "test",
  SESSION_SECRET: "only for tests, as it is written here",
  VIEW_TRACKING_REDIS_ENABLED: "true",
};
