/**
 * The `source` column of ViewHour and ViewDetailHour: how the views reached Postgres. It keeps rows of one target and hour
 * apart. The row of a Redis buffer is also the sync's mark.
 */

/** Counted in Postgres directly. */
export const FALLBACK_SOURCE = "db";

/** From before Redis, when each view had its row in StoryView and ChapterView (`npm run backfill`). */
export const HISTORY_SOURCE = "history";

/** Names the source of views synced from the Redis buffer with this birth id. */
export const redisSource = (birth: string) => `r:${birth}`;

/** Names the source of what operators took out of counts and history: negative numbers, so that marks stay as they are. */
export const voidSource = (id: number) => `void:${id}`;

/** Names the source of views that `npm run import-views` brought in from logs and CSV files. */
export const importSource = (id: number) => `i:${id}`;
