import { open } from "node:fs/promises";
import { openJournal } from "../../app/stores/journal/open-journal";
import { anonymous, viewOf } from "./views";

/**
 * A process that journals views of one story until it is killed. After each view it prints how many are acknowledged. Arguments:
 * directory, story id, time of the first view (Unix ms), and optionally the number of a view. The views are one second apart. The
 * process stops itself (SIGSTOP) once that view has been flushed to disk, before it is acknowledged, and goes on at SIGCONT.
 */
const [directory = "", storyId = "0", from = "0", stopAfter = "0"] = process.argv.slice(2);
const story = { kind: "story" as const, id: Number(storyId), storyId: Number(storyId) };

/** Makes the flush of the given view the last thing that this process does for now. */
async function stopAfterFlush(number: number) {
  const handle = await open(import.meta.filename, "r");
  await handle.close();
  const methods = Object.getPrototypeOf(handle) as { datasync(): Promise<void> };
  const { datasync } = methods;
  let flushed = 0;
  methods.datasync = async function () {
    await datasync.call(this);
    flushed += 1;
    if (flushed === number) process.kill(process.pid, "SIGSTOP");
  };
}

async function main() {
  if (Number(stopAfter) > 0) await stopAfterFlush(Number(stopAfter));
  const journal = await openJournal(directory, 1024 * 1024, "writer");
  setInterval(() => void journal.tend(), 1000);
  for (let reader = 0; ; reader += 1) {
    await journal.append([viewOf([story], anonymous(`writer:${reader}`), Number(from) + reader * 1000)]);
    process.stdout.write(`${reader + 1}\n`);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
