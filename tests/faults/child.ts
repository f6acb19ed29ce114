import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { ended, running } from "../../scripts/services/process";
import { spawnReaped } from "../../scripts/services/reaper";

/** One of our processes, which may be killed on purpose. If it ends on its own, the run reports it. */
export interface Child {
  name: string;
  pid: number;
  process: ChildProcess;
  /** Whether it is still running, as far as Node knows. */
  alive(): boolean;
  /** Resolves when it has ended, with the signal that ended it. */
  gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Announces that it will end soon, on purpose. */
  expectEnd(): void;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `node <program>`. `onDeath` is called with the last lines of its log if it ends unexpectedly. */
export function startChild(options: {
  name: string;
  program: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  onDeath: (description: string) => void;
  ipc?: boolean;
}): Child {
  const { name, program, logFile, onDeath } = options;
  const log = openSync(logFile, "a", 0o600);
  const child = spawnReaped(process.execPath, ["--enable-source-maps", program], {
    env: options.env,
    // Its own process group: Ctrl-C reaches the harness, which then ends everything in order.
    detached: true,
    endWith: "SIGKILL",
    outputs: options.ipc ? [log, log, "ipc"] : [log, log],
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  let expected = false;
  const gone = ended(child).then((exit) => {
    if (!expected)
      onDeath(`${name} ended on its own (${exit.signal ?? `code ${exit.code}`}): ${lastLines(logFile)}`);
    return exit;
  });
  return {
    name,
    pid,
    process: child,
    alive: () => running(child),
    gone,
    expectEnd() {
      expected = true;
    },
    async kill(signal = "SIGKILL") {
      expected = true;
      if (!running(child)) return;
      process.kill(pid, signal);
      await gone;
    },
  };
}

const lastLines = (logFile: string) =>
  existsSync(logFile)
    ? readFileSync(logFile, "utf8").trim().split("\n").slice(-12).join(" | ").slice(-1500)
    : "no log";
