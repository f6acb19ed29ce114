import { LRUCache } from "lru-cache";
import type { ReadCounts } from "~/stores/postgres/read-counts";
import type { Outcome } from "~/tracker/outcome";
import { withTimeoutOrNull } from "~/tracker/timeout";
import { type Target, targetKey } from "~/tracker/view";

/** The number to show on a page after a view: its `readCount` plus the views in Redis that are not in Postgres yet. */
export type ShownCount = (page: Target, outcome: Outcome) => number | null | Promise<number | null>;

const MAX_PAGES = 50_000;
/** A reader's answer waits at most this long for the number, ms; the page shows one already. */
const WAIT_MS = 100;

/**
 * Fewer unsynced views than last time mean that a sync has moved some into `readCount` since it was read. It is then read again,
 * so that a count never falls. Null when Postgres does not tell it in time.
 */
export function createShownCount(readCounts: ReadCounts): ShownCount {
  /** Unsynced views of each page, when its count was last shown. */
  const lastUnsynced = new LRUCache<string, number>({ max: MAX_PAGES });

  return (page, { path, viewCount: unsynced }) => {
    if (path !== "redis" || unsynced === null) return unsynced;
    const key = targetKey(page);
    const wasSynced = unsynced < (lastUnsynced.get(key) ?? 0);
    lastUnsynced.set(key, unsynced);
    const known = wasSynced ? undefined : readCounts.known(page);
    if (known !== undefined) return known + unsynced;
    return withTimeoutOrNull(WAIT_MS, readCounts.read(page)).then((count) =>
      count === null ? null : count + unsynced,
    );
  };
}
