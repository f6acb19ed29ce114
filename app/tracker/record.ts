import { batched } from "./batch";
import type { Breaker } from "./breaker";
import { type CountedIn, notCounted, type Outcome } from "./outcome";
import type { Journal, ViewStore } from "./ports";
import type { CountResult, View } from "./view";

export type Mode = Exclude<CountedIn, "none">;

export interface CurrentMode {
  mode: Mode;
  /** Unix ms. */
  since: number;
  /** In plain words: why not Redis. Empty in Redis mode. */
  reason: string;
}

/** Where an operator wants views counted while all is well. */
export interface StorePreference {
  redis: boolean;
  /** Hers, in her words; "" when she gave none. */
  reason: string;
  /** Unix ms: when this process learned of it. */
  since: number;
}

export interface GuardedStore {
  store: ViewStore;
  breaker: Breaker;
}

export interface Tracker {
  /** Counts one view somewhere, exactly once. Never rejects; the outcome's `viewCount` is the verdict's count of the page. */
  record(view: View): Promise<Outcome>;
  /** The same without the journal: rejects unless Redis or Postgres has the view. For replaying what the journal kept. */
  recordInStore(view: View): Promise<Outcome>;
  mode(): CurrentMode;
}

/** One script call takes as many views as a tick brings, but no so many that others wait for it: 128 take about 1.5 ms. */
const REDIS_BATCH = { size: 128, concurrency: 64 };
/** Two statements under way: one waits for its fsync while the next is gathered. */
const DATABASE_BATCH = { size: 500, concurrency: 2 };
const JOURNAL_BATCH = { size: 1000, concurrency: 1 };

/**
 * The way of a view: Redis, else Postgres, else the journal. A store that fails is not asked again until its breaker
 * closes; a view whose answer was lost goes to the next store, and reconcile settles whether both have it.
 * `redis` is null where counting in Redis is switched off. `choice` is asked for every view, so that an operator can move the
 * counting to Postgres and back while the site runs; her choice holds even when Postgres is away, as she may be about to
 * stop Redis: views then go to the journal.
 */
export function createTracker(stores: {
  redis: GuardedStore | null;
  database: GuardedStore;
  journal: Journal;
  choice?: () => StorePreference;
  /** Hears why the journal would not take views: the only case in which a reader is told that a view was not kept. */
  onRefused: (error: Error) => void;
}): Tracker {
  const guarded = ({ store, breaker }: GuardedStore, limits: { size: number; concurrency: number }) => {
    const record = batched((views: View[]) => breaker.run(() => store.record(views)), limits);
    return { record, isOpen: () => breaker.state().open };
  };
  const choice = stores.choice ?? (() => ({ redis: true, reason: "", since: 0 }));
  const redis = stores.redis && guarded(stores.redis, REDIS_BATCH);
  const database = guarded(stores.database, DATABASE_BATCH);
  const append = batched(async (views: View[]) => {
    await stores.journal.append(views);
    return views;
  }, JOURNAL_BATCH);

  async function recordInStore(view: View): Promise<Outcome> {
    if (redis && choice().redis && !redis.isOpen()) {
      try {
        return outcomeOf(await redis.record(view), "redis");
      } catch {
        // The breaker has the reason and has said it; the view goes on.
      }
    }
    return outcomeOf(await database.record(view), "database");
  }

  async function record(view: View): Promise<Outcome> {
    try {
      return await recordInStore(view);
    } catch {
      // Both breakers have their reasons; what remains is the file.
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
    const { redis: wanted, reason, since } = choice();
    const redisState = stores.redis?.breaker.state();
    if (wanted && redisState && !redisState.open)
      return { mode: "redis", since: Math.max(since, redisState.since), reason: "" };
    const moved = stores.redis !== null && !wanted;
    const why = moved
      ? `an operator chose the database${reason && `: ${reason}`}`
      : (redisState?.reason ?? "counting in Redis is switched off");
    const databaseState = stores.database.breaker.state();
    if (!databaseState.open)
      return {
        mode: "database",
        since: moved ? since : (redisState?.since ?? databaseState.since),
        reason: why,
      };
    return {
      mode: "journal",
      since: databaseState.since,
      reason: `${why}; database: ${databaseState.reason}`,
    };
  }

  return { record, recordInStore, mode };
}

function outcomeOf([page]: CountResult[], path: CountedIn): Outcome {
  const counted = page?.counted ?? false;
  const viewCount = page?.count ?? null;
  return counted ? { counted, isFirstView: true, path, viewCount } : notCounted("duplicate", viewCount, path);
}
