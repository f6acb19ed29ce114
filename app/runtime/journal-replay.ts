import { every } from "~/platform/every";
import type { Logger } from "~/platform/logger";
import type { JournalFiles } from "~/stores/journal";
import type { Tracker } from "~/tracker/record";

const EVERY_MS = 2000;

/**
 * Replays the journal whenever a store answers, also when this process has journalled nothing: another one may have died and
 * left its views. Views that no store takes stay in their file for the next try. @returns a function that stops it.
 */
export function startJournalReplay(
  journal: Pick<JournalFiles, "replay">,
  tracker: Pick<Tracker, "mode" | "recordInStore">,
  log: Logger,
): () => Promise<void> {
  async function replay() {
    if (tracker.mode().mode === "journal") return;
    const { replayed, torn } = await journal.replay(async (view) => {
      await tracker.recordInStore(view);
    });
    if (replayed + torn > 0) log.warn({ replayed, torn }, "the journal was replayed");
  }
  return every(
    EVERY_MS,
    replay,
    (error) => log.warn({ error: error.message }, "the journal was kept: no store took all of it"),
    { firstAfterMs: EVERY_MS },
  );
}
