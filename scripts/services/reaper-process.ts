import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { isAlive, killGroup, sendSignal, startedAt, stopProcess, withChildren } from "./process";
import type { ReapedProcess, ReaperMessage } from "./reaper";

/**
 * Outlives the process that started it by a moment. When its input ends, for any reason (SIGKILL included), it ends the
 * processes on its list and removes the folders on its list, then exits. Its input is one `ReaperMessage` per line.
 */
const STOP_TIMEOUT_MS = 20_000;

const processes = new Map<number, ReapedProcess>();
const folders = new Set<string>();

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const message = JSON.parse(line) as ReaperMessage;
  if ("process" in message) processes.set(message.process.pid, message.process);
  else if ("forget" in message) processes.delete(message.forget);
  else folders.add(message.folder);
});
input.on("close", async () => {
  // The newest first: web and worker before the stores that they use.
  for (const one of [...processes.values()].reverse()) await end(one);
  // A process that is still ending (a browser) may write into its folder meanwhile: hence the retries.
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(0);
});
// A signal to the whole process group is meant for the command, not for its reaper.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

async function end({ pid, started, signal }: ReapedProcess): Promise<void> {
  const now = startedAt(pid);
  // The pid belongs to another process by now.
  if (now !== undefined && now !== started) return;
  if (isAlive(pid)) {
    // A frozen process would not act on the signal, nor would a frozen child that its parent waits for.
    for (const one of withChildren(pid)) sendSignal(one, "SIGCONT");
    await stopProcess(pid, signal, STOP_TIMEOUT_MS);
  }
  killGroup(pid);
}
