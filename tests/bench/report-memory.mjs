// Loaded into a web process by the benchmark: at SIGUSR2 it collects the garbage and writes its memory to a file.
import { writeFileSync } from "node:fs";

process.on("SIGUSR2", () => {
  globalThis.gc();
  globalThis.gc();
  writeFileSync(process.env.MEMORY_FILE, JSON.stringify(process.memoryUsage()));
});
