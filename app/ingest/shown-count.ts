import type { ReadCount, ReadCounts } from "~/stores/postgres/read-counts";
import type { Outcome } from "~/tracker/outcome";
import { withTimeoutOrNull } from "~/tracker/timeout";
import type { Target } from "~/tracker/view";

/** The number to show on a page: its `readCount` plus the views in Redis that are not in Postgres yet. */
export interface ShownCount {
  /** After a view. Null when Postgres does not tell it in time. */
  after(page: Target, outcome: Outcome): number | null | Promise<number | null>;
  /** What was shown a moment ago, without asking a store; null if nothing was. */
  latest(page: Target): number | null;
}

/** A reader's answer waits at most this long for the number, ms; the page shows one already. */
const WAIT_MS = 100;

/**
 * Fewer unsynced views than last time mean that a sync has moved some into `readCount` since it was read. It is then read again,
 * so that a count never falls. A view counted in Postgres is shown with the unsynced views that are remembered, for the same reason.
 */
export function createShownCount(readCounts: ReadCounts): ShownCount {
  function add(reading: ReadCount, unsynced: number) {
    reading.unsynced = unsynced;
    return reading.count + unsynced;
  }

  function afterFallback(page: Target, readCount: number) {
    const known = readCounts.known(page);
    if (known) return readCount + lastKnown(known);
    return withTimeoutOrNull(WAIT_MS, readCounts.read(page)).then(
      (reading) => reading && readCount + lastKnown(reading),
    );
  }

  return {
    after(page, { path, viewCount }) {
      if (viewCount === null) return null;
      if (path === "database") return afterFallback(page, viewCount);
      if (path !== "redis") return viewCount;
      const known = readCounts.known(page);
      if (known && viewCount >= (known.unsynced ?? 0)) return add(known, viewCount);
      return withTimeoutOrNull(WAIT_MS, readCounts.read(page)).then(
        (reading) => reading && add(reading, viewCount),
      );
    },
    latest(page) {
      const known = readCounts.known(page);
      return known ? known.count + lastKnown(known) : null;
    },
  };
}

const lastKnown = ({ unsynced, remembered }: ReadCount) => Math.max(unsynced ?? 0, remembered);
