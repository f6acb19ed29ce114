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
 * so that a count never falls.
 */
export function createShownCount(readCounts: ReadCounts): ShownCount {
  /** Unsynced views when a reading was last shown. */
  const lastUnsynced = new WeakMap<ReadCount, number>();

  function add(reading: ReadCount, unsynced: number) {
    lastUnsynced.set(reading, unsynced);
    return reading.count + unsynced;
  }

  return {
    after(page, { path, viewCount: unsynced }) {
      if (path !== "redis" || unsynced === null) return unsynced;
      const known = readCounts.known(page);
      if (known && unsynced >= (lastUnsynced.get(known) ?? 0)) return add(known, unsynced);
      return withTimeoutOrNull(WAIT_MS, readCounts.read(page)).then(
        (reading) => reading && add(reading, unsynced),
      );
    },
    latest(page) {
      const known = readCounts.known(page);
      return known ? known.count + (lastUnsynced.get(known) ?? 0) : null;
    },
  };
}
