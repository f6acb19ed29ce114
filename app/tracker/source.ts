/**
 * The `source` column of ViewHour and ViewDetailHour: how the views came to Postgres. Rows of one target and hour are kept
 * apart by it. The row of a Redis buffer is also the sync's mark.
 */

/** Counted in Postgres directly. */
export const FALLBACK_SOURCE = "db";

/** From before Redis; these rows never change. */
export const HISTORY_SOURCE = "history";

/** Carried from the Redis buffer with this birth id. */
export const redisSource = (birth: string) => `r:${birth}`;

/** LIKE pattern for everything that came by way of Redis. */
export const REDIS_SOURCES = redisSource("%");
