import { createInterface } from "node:readline";
import { running, stopProcess } from "../../scripts/services/process";
import { spawnReaped } from "../../scripts/services/reaper";

/** One line of a process's log. A line that is not JSON (a crash, a library's warning) has `level` 60 and the line as `msg`. */
export interface Log extends Record<string, unknown> {
  source: "web" | "worker";
  level: number;
  msg: string;
}

export interface Process {
  pid: number;
  /** Waits until `ready` resolves true. Rejects with the last log lines when the process ends first. */
  until(ready: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 45_000;

/** Starts web or worker from source, as `npm run dev` does, and collects its log lines. */
export function startProcess(source: Log["source"], env: Record<string, string>, logs: Log[]): Process {
  const entry = source === "web" ? "server/index.ts" : "worker/index.ts";
  const child = spawnReaped(process.execPath, ["--import", "tsx", entry], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "test", ...env },
    endWith: "SIGTERM",
    outputs: ["pipe", "pipe"],
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on("line", (line) => {
        if (last.push(line) > 20) last.shift();
        logs.push(parse(source, line));
      });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${entry} could not be started`);
  return {
    pid,
    async until(ready) {
      const deadline = Date.now() + READY_TIMEOUT_MS;
      while (!(await ready().catch(() => false))) {
        if (!running(child)) throw new Error(`${entry} ended before it was ready:\n${last.join("\n")}`);
        if (Date.now() > deadline) throw new Error(`${entry} is not ready:\n${last.join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      if (running(child)) await stopProcess(pid, "SIGTERM", 15_000);
    },
  };
}

function parse(source: Log["source"], line: string): Log {
  try {
    return { ...(JSON.parse(line) as Log), source };
  } catch {
    return { source, level: 60, msg: line };
  }
}
