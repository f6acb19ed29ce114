import { existsSync } from "node:fs";
import { build } from "../../scripts/services/build";
import { freePort } from "../../scripts/services/free-port";
import { type Log, type Process, startProcess } from "../e2e/processes";

export type { Log };

export interface WebProcess extends Process {
  port: number;
  origin: string;
  logs: Log[];
}

/** Pages come from build/; made when there is none. That it is the newest is the browser tests' concern. */
export async function needBuild() {
  if (!existsSync("build/server/index.js")) await build();
}

/** A real web process on a port of its own; resolves when it answers. Stop it. */
export async function startWeb(settings: Record<string, string>): Promise<WebProcess> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const logs: Log[] = [];
  const web = startProcess("web", { ...common, PORT: String(port), ...settings }, logs);
  await web.until(async () => (await fetch(`${origin}/healthz`)).ok);
  return { ...web, port, origin, logs };
}

/** A real worker, from the moment it says that it is up. Stop it. */
export async function startWorker(settings: Record<string, string>): Promise<Process & { logs: Log[] }> {
  const logs: Log[] = [];
  const worker = startProcess("worker", { ...common, ...settings }, logs);
  await worker.until(async () => logs.some((log) => log.msg === "the worker is up"));
  return { ...worker, logs };
}

const common = {
  NODE_ENV: "test",
  SESSION_SECRET: "only for tests, as it is written here",
  VIEW_TRACKING_REDIS_ENABLED: "true",
};
