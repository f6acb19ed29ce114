import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";
import { openArchive } from "../app/stores/archive/open-archive";
import { ArchiveStopped, noteArchiveOff, runArchive } from "../app/stores/archive/run-archive";

/** How often the worker looks whether it is time for a round. */
const LOOK_EVERY_MS = 2000;
/** Months fall due once a month; a place that failed is tried again this soon. */
const ROUND_EVERY_MS = 10 * 60_000;

/**
 * Starts moving old rows of views into the archive, where ARCHIVE_URL names one. It stops between two batches when operators pause it,
 * and goes on at once when they resume it. @returns a function that stops it; what is half done then goes on after the next start.
 */
export function startArchive(
  runtime: Runtime,
  step: (label: string) => void | Promise<void>,
): () => Promise<void> {
  const { env, log, pools, settings } = runtime;
  const place = openArchive(env);
  let ending = false;
  /** A round is owed at once: operators paused the archive, perhaps for less than a look. */
  let wasPaused = false;
  let lastRoundAt = Number.NEGATIVE_INFINITY;
  const isPaused = () => settings.current().archive.paused;

  async function look() {
    if (!place) {
      // Once, for the page; an error tries again.
      if (lastRoundAt === Number.NEGATIVE_INFINITY) await noteArchiveOff(pools.work);
      lastRoundAt = performance.now();
      return;
    }
    if (isPaused()) {
      wasPaused = true;
      return;
    }
    if (!wasPaused && performance.now() - lastRoundAt < ROUND_EVERY_MS) return;
    wasPaused = false;
    lastRoundAt = performance.now();
    await runArchive(pools.work, {
      place,
      afterMonths: env.ARCHIVE_AFTER_MONTHS,
      isStopped: () => ending || isPaused(),
      step,
      onArchived: (archived) => log.info(archived, "rows of views were archived"),
    });
  }

  const stop = every(LOOK_EVERY_MS, look, (error) => {
    if (error instanceof ArchiveStopped) {
      wasPaused = true;
      log.info("the archive stopped between two batches");
    } else log.error({ error: error.message }, "the archive failed and will be tried again");
  });
  return () => {
    ending = true;
    return stop();
  };
}
