import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import type { Service } from "./postgres";
import { ended, killGroup, running, stopProcess } from "./process";
import { spawnReaped } from "./reaper";

export type ChildOptions = { args: string[]; env: NodeJS.ProcessEnv; logFile: string };

/**
 * Starts one of our Node processes with its output in a log file. It leads its own process group, so that Ctrl-C in the
 * terminal reaches only the start script, which then stops everything in order.
 */
export function startChild({ args, env, logFile }: ChildOptions): Omit<Service, "url"> {
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  const child = spawnReaped(process.execPath, args, {
    env,
    detached: true,
    endWith: "SIGTERM",
    outputs: [log, log],
  });
  closeSync(log);
  const stop = async () => {
    if (child.pid === undefined) return;
    if (running(child)) await stopProcess(child.pid, "SIGTERM", 15_000);
    killGroup(child.pid);
  };
  return { pid: child.pid, ended: ended(child), stop };
}
