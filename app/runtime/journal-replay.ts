import { every } from "~/platform/every";
import type { Logger } from "~/platform/logger";
import type { FileReport, JournalFiles } from "~/stores/journal/open-journal";
import type { OfferViews } from "~/tracker/offer-views";
import type { Tracker } from "~/tracker/record";

const TEND_EVERY_MS = 1000;
const REPLAY_EVERY_MS = 2000;
const REPORT_EVERY_MS = 10_000;

/**
 * Holds this process's journal files, replays them whenever a store answers, and reports their counts to Postgres. That happens
 * also when this process has journalled nothing: another one may have died and left its views. @returns a function that stops it.
 */
export function startJournalReplay(parts: {
  journal: JournalFiles;
  mode: Tracker["mode"];
  offer: OfferViews;
  /** Stores the counts; rejects when Postgres does not answer. */
  save(files: FileReport[]): Promise<void>;
  log: Logger;
  /** Logs a repeated failure at most every few seconds. */
  warn(source: string, error: Error): void;
}): () => Promise<void> {
  const { journal, mode, offer, save, log, warn } = parts;
  // Without Postgres the counts stay with the files, and the next report has them.
  const report = () =>
    journal.report(save).catch((error: Error) => warn("journal counts in Postgres", error));

  async function replay() {
    if (mode().mode === "journal" || journal.files() === 0) return;
    // Postgres learns what was acknowledged before any of it is replayed.
    await report();
    const { replayed, torn, rejections, failures, interrupted } = await journal.replay(offer, report);
    for (const { file, endsAt, reason } of rejections)
      log.warn({ file, endsAt, reason }, "a line of the journal was set aside");
    for (const { file, error } of failures) warn(`journal file ${file}`, error);
    if (interrupted) warn("the journal is kept: no store takes all of it", interrupted);
    if (replayed + torn + rejections.length > 0)
      log.warn({ replayed, torn, rejected: rejections.length }, "the journal was replayed");
    await report();
  }

  const onError = (error: Error) => warn("journal", error);
  const stops = [
    every(TEND_EVERY_MS, journal.tend, onError, { firstAfterMs: TEND_EVERY_MS }),
    every(REPLAY_EVERY_MS, replay, onError, { firstAfterMs: REPLAY_EVERY_MS }),
    every(REPORT_EVERY_MS, report, onError, { firstAfterMs: REPORT_EVERY_MS }),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
