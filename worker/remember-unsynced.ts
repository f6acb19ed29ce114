import type pg from "pg";
import { every } from "../app/platform/every";
import type { RedisViews } from "../app/stores/redis/redis-views";
import { forgetUnsynced, writeUnsynced } from "../app/telemetry/unsynced-reads";

const EVERY_MS = 60_000;

/**
 * Starts remembering the unsynced views of every target once a minute, for pages that are shown while Redis is unreachable. Web
 * processes do so every few seconds for what they have shown; this is for what none of them has, and for the time after they were all
 * replaced. While nothing is counted, it reads two numbers per shard. @returns a function that stops it.
 */
export function startRememberingUnsynced(
  pool: pg.Pool,
  redis: Pick<RedisViews, "unsynced" | "walkUnsynced">,
  onError: (error: Error) => void,
): () => Promise<void> {
  let known = 0;
  return every(
    EVERY_MS,
    async () => {
      const { views } = await redis.unsynced();
      if (views === known) return;
      await rememberUnsynced(pool, redis);
      known = views;
    },
    onError,
  );
}

/** Does it once. Rejects when either store does not answer; what was written until then stays. */
export async function rememberUnsynced(
  pool: pg.Pool,
  redis: Pick<RedisViews, "walkUnsynced">,
): Promise<void> {
  let at = Date.now();
  for await (const some of redis.walkUnsynced()) {
    const askedAt = at;
    await writeUnsynced(
      pool,
      some.map((reading) => ({ ...reading, at: askedAt })),
    );
    at = Date.now();
  }
}

/**
 * Does it after a sync that has moved everything that was read before a time. What came during the sync is remembered too low until
 * then. Rejects as `rememberUnsynced` does.
 */
export async function refreshUnsynced(
  pool: pg.Pool,
  redis: Pick<RedisViews, "walkUnsynced">,
  before: Date,
): Promise<void> {
  await forgetUnsynced(pool, before);
  await rememberUnsynced(pool, redis);
}
