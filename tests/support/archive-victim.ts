import { createReadStream } from "node:fs";
import path from "node:path";
import { connectDatabase } from "../../app/platform/postgres";
import { archiveDirectory } from "../../app/stores/archive/directory";
import { restoreFile } from "../../app/stores/archive/restore-file";
import { runArchive } from "../../app/stores/archive/run-archive";

/**
 * Archives or restores in a process of its own, which dies at a step as in a power cut.
 * Arguments: database, directory, "archive" or the file to restore, the step, and which time it is reached (from 1).
 */
const [url = "", dir = "", work = "", label = "", nth = "1"] = process.argv.slice(2);
let passed = 0;
const step = (reached: string) => {
  if (reached !== label) return;
  passed += 1;
  if (passed === Number(nth)) process.kill(process.pid, "SIGKILL");
};
const { db, pool } = connectDatabase(url, { max: 2, onError: () => undefined });
if (work === "archive") await runArchive(pool, { place: archiveDirectory(dir), afterMonths: 12, step });
else
  await restoreFile(pool, {
    name: work,
    open: async () => createReadStream(path.join(dir, work)),
    dryRun: false,
    step,
  });
await db.$disconnect();
await pool.end();
