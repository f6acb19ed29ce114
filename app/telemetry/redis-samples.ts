import type { Redis } from "ioredis";
import type pg from "pg";
import { every } from "~/platform/every";
import { parseServerState } from "~/stores/redis/inspection/server-state";
import { MINUTE_MS } from "~/tracker/window";

/** A process needs a moment to connect, ms. */
const FIRST_AFTER_MS = 5000;

/**
 * Keeps a sample of Redis per minute in Postgres, so that its growth can be told: one INFO, and one row of whichever worker comes
 * first. A minute in which either store does not answer has no row. @returns a function that stops it.
 */
export const sampleRedis = (
  redis: Redis,
  pool: Pick<pg.Pool, "query">,
  onError: (error: Error) => void,
): (() => Promise<void>) =>
  every(MINUTE_MS, () => takeRedisSample(redis, pool), onError, { firstAfterMs: FIRST_AFTER_MS });

/** Takes the sample of this minute, unless there is one. Rejects when either store does not answer. */
export async function takeRedisSample(
  redis: Redis,
  pool: Pick<pg.Pool, "query">,
  now = Date.now(),
): Promise<void> {
  // While there is no connection, the pages say so, and the breaker's log line says why.
  if (redis.status !== "ready") return;
  const state = parseServerState(await redis.info(), null, null);
  await pool.query(
    `INSERT INTO "RedisSample" (at, "usedBytes", "limitBytes", keys, clients, "opsPerSecond")
     VALUES (date_trunc('minute', $1::timestamptz), $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [new Date(now), state.usedBytes, state.limitBytes, state.keys, state.clients, state.opsPerSecond],
  );
}
