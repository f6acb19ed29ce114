import { type ChildProcess, execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

const pollMs = 20;

/** Resolves after this long. */
export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Whether this process is running. A zombie (ended, but not yet waited for by its parent) counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return procStat(pid)?.state !== "Z";
}

/**
 * When the process started, as an opaque text. Together with the pid it identifies a process for good; the pid alone may be
 * given to another process later. Undefined if there is no such process.
 */
export function startedAt(pid: number): string | undefined {
  const stat = procStat(pid);
  if (stat) return stat.started;
  return ps(pid, "lstart=");
}

/** The command line of a process, to tell whether the pid in a stale file is still ours; undefined if there is no such process. */
export function commandLine(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() || undefined;
  } catch {
    return ps(pid, "command=");
  }
}

/** The working directory of a process; undefined where the system does not provide it. */
export function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** A process and its children. Postgres has one child per connection, each in its own process group. */
export function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").map(Number))];
  } catch {
    return [pid];
  }
}

/** Sends the signal and waits until the process is gone; after `timeoutMs` it is killed. */
export async function stopProcess(
  pid: number,
  signal: NodeJS.Signals = "SIGTERM",
  timeoutMs = 10_000,
): Promise<void> {
  sendSignal(pid, signal);
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) sendSignal(pid, "SIGKILL");
    await sleep(pollMs);
  }
}

/** Whether a child of ours is still running, as far as Node knows. */
export function running(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Resolves when the child has ended; at once if it already has. */
export function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
}

/** Sends a signal; a process that has already ended is not an error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended before the signal arrived.
  }
}

/** Kills every process that is left in the group of this leader, whether or not the leader still runs. */
export function killGroup(leader: number): void {
  sendSignal(-leader, "SIGKILL");
}

function procStat(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets, which may contain spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  if (process.platform === "linux") return undefined;
  try {
    return (
      execFileSync("ps", ["-o", column, "-p", String(pid)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
