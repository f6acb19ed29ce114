import { createRequire, syncBuiltinESMExports } from "node:module";
import { setTimeout } from "node:timers/promises";

/**
 * A command that is killed after a program that it starts has been started, and before its reaper knows of it: when it reads
 * when the program started.
 */
const fs = createRequire(import.meta.url)("node:fs") as typeof import("node:fs");
const { readFileSync } = fs;
fs.readFileSync = ((...args: Parameters<typeof readFileSync>) => {
  if (/^\/proc\/\d+\/stat$/.test(String(args[0]))) process.kill(process.pid, "SIGKILL");
  return readFileSync(...args);
}) as typeof readFileSync;
syncBuiltinESMExports();

const { spawnReaped } = await import("../../scripts/services/reaper");
const place = process.argv[2];
spawnReaped("tail", ["-f", "/dev/null"], { cwd: place, detached: true, endWith: "SIGTERM", outputs: [] });
await setTimeout(60_000);
