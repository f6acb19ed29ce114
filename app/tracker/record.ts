import { batched } from "./batch";
import type { Breaker } from "./breaker";
import { type CountedIn, notCounted, type Outcome } from "./outcome";
import type { Journal, ViewStore } from "./ports";
import { shardOf } from "./shard";
import type { CountResult, View } from "./view";

/** A place where views are counted or kept. */
export type Mode = Exclude<CountedIn, "none">;

/** Where this process counts now. */
export interface CurrentMode {
  mode: Mode;
  /** Unix ms. */
  since: number;
  /** Why not in Redis, in plain words; empty in Redis mode. */
  reason: string;
}

/** Where operators want views counted while both stores work. */
export interface StorePreference {
  redis: boolean;
  /** The operator's reason; "" when they gave none. */
  reason: string;
  /** When this process learned of it, Unix ms. */
  since: number;
}

/** A store and the breaker that keeps callers away while it does not answer. */
export interface GuardedStore {
  store: ViewStore;
  breaker: Breaker;
}

/** Counts views in the first place that takes them. */
export interface Tracker {
  /** Counts one view somewhere, exactly once. Never rejects; the outcome's `viewCount` is the store's count of the page. */
  record(view: View): Promise<Outcome>;
  mode(): CurrentMode;
}

/**
 * Per shard: one script call takes its views of a tick, but few enough that other commands hardly wait: 128 take about 1.5 ms. Few calls
 * at a time make them larger when many views come, and a Redis that is milliseconds away still takes tens of thousands per second.
 */
export const REDIS_BATCH = { size: 128, concurrency: 2 };
/**
 * One statement at a time: the next batch is gathered meanwhile. A second one would wait for the first one's rows of the same stories,
 * and both would be smaller, which costs more per view than a disk that waits.
 */
export const DATABASE_BATCH = { size: 500, concurrency: 1 };
const JOURNAL_BATCH = { size: 1000, concurrency: 1 };

/**
 * Sends each view to Redis, else to Postgres, else to the journal. A store that fails is not used again until its breaker
 * closes; a view whose answer was lost goes to the next store, and reconcile finds out whether both counted it.
 * `redis` is null where counting in Redis is switched off. `preference` is read for every view, so that operators can move
 * the counting to Postgres and back while the site runs. It applies even when Postgres is unreachable, because they may be
 * about to stop Redis: views then go to the journal.
 */
export function createTracker(stores: {
  redis: GuardedStore | null;
  database: GuardedStore;
  journal: Journal;
  preference?: () => StorePreference;
  /** Receives the reason when the journal refuses views: the only case in which readers get an error. */
  onRefused: (error: Error) => void;
  /** Receives the reason when a store that works refuses some views: they go to the next one. */
  onViewRefused?: (error: Error) => void;
}): Tracker {
  const guarded =
    ({ store, breaker }: GuardedStore) =>
    async (views: View[]) => {
      const results = await breaker.run(() => store.record(views));
      for (const result of results) if (result instanceof Error) stores.onViewRefused?.(result);
      return results;
    };
  const preference = stores.preference ?? (() => ({ redis: true, reason: "", since: 0 }));
  const redis = stores.redis && {
    breaker: stores.redis.breaker,
    record: byShard(guarded(stores.redis), REDIS_BATCH),
  };
  const recordInDatabase = batched(guarded(stores.database), DATABASE_BATCH);
  const append = batched(async (views: View[]) => {
    await stores.journal.append(views);
    return views;
  }, JOURNAL_BATCH);

  async function record(view: View): Promise<Outcome> {
    if (redis && preference().redis && !redis.breaker.state().open)
      try {
        return outcomeOf(await redis.record(view), "redis");
      } catch {
        // The breaker or `onViewRefused` reports the reason; the view goes to the next store.
      }
    try {
      return outcomeOf(await recordInDatabase(view), "database");
    } catch {
      // Both stores have reported their reasons; the journal is the last resort.
    }
    try {
      await append(view);
      return notCounted("journalled", null, "journal");
    } catch (error) {
      stores.onRefused(error as Error);
      return notCounted("unavailable");
    }
  }

  function mode(): CurrentMode {
    const { redis: wanted, reason, since } = preference();
    const redisState = stores.redis?.breaker.state();
    if (wanted && redisState && !redisState.open)
      return { mode: "redis", since: Math.max(since, redisState.since), reason: "" };
    const movedByOperator = stores.redis !== null && !wanted;
    const why = movedByOperator
      ? `an operator chose the database${reason && `: ${reason}`}`
      : (redisState?.reason ?? "counting in Redis is switched off");
    const databaseState = stores.database.breaker.state();
    if (!databaseState.open)
      return {
        mode: "database",
        since: movedByOperator ? since : (redisState?.since ?? databaseState.since),
        reason: why,
      };
    return {
      mode: "journal",
      since: databaseState.since,
      reason: `${why}; database: ${databaseState.reason}`,
    };
  }

  return { record, mode };
}

/**
 * Gathers the views of each shard by themselves. A shard is one script call, and its readers are answered while Redis is at work on
 * the next one: neither this process nor Redis waits for the other.
 */
function byShard<Result>(run: (views: View[]) => Promise<(Result | Error)[]>, limits: typeof REDIS_BATCH) {
  const shards: ((view: View) => Promise<Result>)[] = [];
  return (view: View): Promise<Result> => {
    // The offers of a view concern one story.
    const shard = shardOf(view.offers[0].storyId);
    shards[shard] ??= batched(run, limits);
    return shards[shard](view);
  };
}

function outcomeOf([page]: CountResult[], path: CountedIn): Outcome {
  const counted = page?.counted ?? false;
  const viewCount = page?.count ?? null;
  return counted ? { counted, isFirstView: true, path, viewCount } : notCounted("duplicate", viewCount, path);
}
