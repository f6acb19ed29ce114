import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import type { Service } from "./postgres";
import { ended, running, stopProcess } from "./process";

export type ChildOptions = { args: string[]; env: NodeJS.ProcessEnv; logFile: string };

/**
 * Starts a Node process of ours with its output in a log file. It leads its own process group, so that a Ctrl-C in the
 * terminal reaches only the start script, which then ends everything in order.
 */
export function startChild({ args, env, logFile }: ChildOptions): Omit<Service, "url"> {
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const stop = async () => {
    if (child.pid === undefined) return;
    if (running(child)) await stopProcess(child.pid, "SIGTERM", 15_000);
    endGroup(child.pid);
  };
  return { pid: child.pid, ended: ended(child), stop };
}

/** Whatever the process left behind in its group (a watcher's child, esbuild). */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody left.
  }
}
