import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { isAlive, sleep, startedAt, stopProcess } from "../../scripts/services/process";

/**
 * Outlives the harness by a moment: when its input ends, however that came about (a SIGKILL too), it ends the processes that the
 * harness had started and removes its directories. Lines: `track <pid> <signal>`, `forget <pid>`, `remove <directory>`.
 */
const tracked = new Map<number, { began: string | undefined; signal: NodeJS.Signals }>();
const directories: string[] = [];

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [word, value = "", signal] = line.split(" ");
  if (word === "track")
    tracked.set(Number(value), { began: startedAt(Number(value)), signal: signal as NodeJS.Signals });
  if (word === "forget") tracked.delete(Number(value));
  if (word === "remove") directories.push(line.slice("remove ".length));
});
lines.on("close", async () => {
  for (const [pid, { began, signal }] of tracked) {
    // The number may have gone to somebody else's process by now.
    if (!isAlive(pid) || startedAt(pid) !== began) continue;
    // A process frozen by a fault hears nothing else.
    process.kill(pid, "SIGCONT");
    await stopProcess(pid, signal, 3000);
  }
  await sleep(50);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
// The terminal's Ctrl-C is for the harness.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
