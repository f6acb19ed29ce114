import { hostname } from "node:os";
import { journalName, openJournal } from "../../app/stores/journal";
import { anonymous, viewOf } from "./views";

/**
 * A process that journals views of one story until it is killed. After each view it prints how many are acknowledged. Arguments:
 * directory, story id, time of the first view (Unix ms). The views are one second apart.
 */
const [directory = "", storyId = "0", from = "0"] = process.argv.slice(2);
const story = { kind: "story" as const, id: Number(storyId), storyId: Number(storyId) };

async function main() {
  const journal = await openJournal(directory, 1024 * 1024, journalName(hostname(), process.pid, Date.now()));
  for (let reader = 0; ; reader += 1) {
    await journal.append([viewOf([story], anonymous(`writer:${reader}`), Number(from) + reader * 1000)]);
    process.stdout.write(`${reader + 1}\n`);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
