import type pg from "pg";
import { readCounted } from "~/stores/postgres/read-counted";
import type { Salts } from "~/stores/postgres/salts";
import type { RedisViews } from "~/stores/redis/redis-views";
import { withTimeoutOrNull } from "~/tracker/timeout";
import type { PlacedTarget } from "~/tracker/view";
import { offer, type Viewer } from "~/tracker/viewer";
import { type DedupeWindow, dayOf } from "~/tracker/window";

/** The page does without a store that needs longer than this, ms. */
const PATIENCE_MS = 1000;

interface Stores {
  pools: { pages: Pick<pg.Pool, "query"> };
  redisViews: Pick<RedisViews, "readCounted"> | null;
  salts: Salts;
  window: DedupeWindow;
}

/** What the stores know of one page: the time (Unix ms) of the view that counts within the window; null if there is none. */
export type CountedAt = number | null | "unknown";

/**
 * Asks both stores whether this viewer is counted for each target, in order. "unknown" where none of them has a view and one did not
 * answer: it may have one. Changes nothing. Never rejects.
 */
export async function readCountedAt(
  { pools, redisViews, salts, window }: Stores,
  viewer: Viewer,
  targets: readonly PlacedTarget[],
  now: number,
): Promise<CountedAt[]> {
  const loading = salts.ready(dayOf(now));
  if (
    loading &&
    (await withTimeoutOrNull(
      PATIENCE_MS,
      loading.then(() => true),
    )) === null
  )
    return targets.map(() => "unknown");
  // A reader who has just signed in is also who they were before.
  const offers = targets.flatMap((target, place) => {
    const own = offer(target, viewer, salts.of);
    const { formerKey } = own;
    return [{ place, own }, ...(formerKey ? [{ place, own: { ...own, key: formerKey } }] : [])];
  });
  const asked = offers.map(({ own }) => own);
  const answers = await Promise.all([
    withTimeoutOrNull(PATIENCE_MS, readCounted(pools.pages, window, asked, now)),
    redisViews ? withTimeoutOrNull(PATIENCE_MS, redisViews.readCounted(asked, now)) : [],
  ]);
  return targets.map((_, place) => {
    const times = answers.flatMap((answer) =>
      offers.flatMap((each, i) => (each.place === place ? (answer?.[i] ?? []) : [])),
    );
    if (times.length > 0) return Math.max(...times);
    return answers.includes(null) ? "unknown" : null;
  });
}
