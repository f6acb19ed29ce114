import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { killGroup, startedAt } from "./process";
import { programLikeUs, root } from "./programs";

/**
 * Cleans up after this process, however it ends. A process that is killed with SIGKILL cannot end its children or remove
 * its folders, so a second process, the reaper, does it. The two are connected by a pipe, which the system closes when the
 * first one ends. Each process that starts others has its own reaper, which starts when it is first needed.
 */
export type ReapedProcess = { pid: number; started: string | undefined; signal: NodeJS.Signals };
export type ReaperMessage = { process: ReapedProcess } | { forget: number } | { folder: string };

let reaper: ChildProcess | undefined;

/** What the spawned program gets as output, error output and further descriptors. Its input is always empty. */
type Outputs = ("pipe" | "inherit" | "ignore" | "ipc" | number)[];
export type ReapedOptions = Omit<SpawnOptions, "stdio" | "shell"> & {
  /** How the reaper ends the process. */
  endWith: NodeJS.Signals;
  outputs: Outputs;
};

/**
 * Starts a program that is ended, with its process group, once this process has ended. When it ends first, the rest of its
 * group (a watcher's child, esbuild) is killed.
 *
 * This process may be killed at any moment, also between the start of the program and the message to the reaper. So the
 * program waits in a shell until the reaper knows it, and never starts when that moment does not come. A program that does
 * not exist therefore exits with code 127.
 */
export function spawnReaped(
  program: string,
  args: string[],
  { endWith, outputs, ...options }: ReapedOptions,
): ChildProcess {
  const start = 'read -r _ && exec "$0" "$@" </dev/null';
  const child = spawn("/bin/sh", ["-c", start, program, ...args], {
    ...options,
    stdio: ["pipe", ...outputs],
  });
  const { pid } = child;
  if (pid === undefined) return child;
  send({ process: { pid, started: startedAt(pid), signal: endWith } });
  child.once("exit", () => {
    killGroup(pid);
    if (reaper) send({ forget: pid });
  });
  // A child that was killed while it waited closes its end first.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end("\n");
  return child;
}

/** Makes a folder for this process under the system's temporary directory; it is removed once this process has ended. */
export function scratchFolder(name: string): string {
  const folder = path.join(os.tmpdir(), `tidemark-${name}-${randomBytes(6).toString("hex")}`);
  removeAtEnd(folder);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Has a file or folder removed once this process has ended. */
export function removeAtEnd(place: string): void {
  send({ folder: path.resolve(place) });
}

/** Ends every process and removes every folder now. Resolves when all of it is done. */
export async function reapNow(): Promise<void> {
  const leaving = reaper;
  reaper = undefined;
  if (!leaving || leaving.exitCode !== null || leaving.signalCode !== null) return;
  leaving.ref();
  leaving.stdin?.end();
  await once(leaving, "exit");
}

/** The pid of this process's reaper, which is started if necessary; undefined when it could not be started. */
export function reaperPid(): number | undefined {
  reaper ??= startReaper();
  return reaper.pid;
}

function send(message: ReaperMessage): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${JSON.stringify(message)}\n`);
}

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, programLikeUs("reaper"), {
    cwd: root,
    // Its own process group, so that a signal to ours does not end it too early.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // This process does not wait for the reaper, and must not end when the reaper does.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
