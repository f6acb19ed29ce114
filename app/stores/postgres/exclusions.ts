import type pg from "pg";
import { excludedField } from "~/tracker/hour-buffer";
import type { ExclusionCounts } from "~/tracker/outcome";
import { FALLBACK_SOURCE } from "~/tracker/source";
import type { RedisViews } from "../redis/redis-views";

/**
 * Adds up the reasons why views were not counted: in Redis beside the views, or directly in Postgres when `redis` is null.
 * These side counters are not part of the ledger; a failure loses at most the last second of them, and the caller reports it.
 */
export async function addExclusions(
  counts: ExclusionCounts,
  redis: RedisViews | null,
  pool: pg.Pool,
): Promise<void> {
  if (counts.size === 0) return;
  if (redis) {
    const fields = [...counts].map(
      ([storyId, reasons]) =>
        [
          storyId,
          new Map([...reasons].map(([reason, views]) => [excludedField(storyId, reason), views])),
        ] as const,
    );
    return redis.addDetails(new Map(fields));
  }
  const rows = [...counts].flatMap(([storyId, reasons]) =>
    [...reasons].map(([reason, views]) => ({ storyId, reason, views })),
  );
  await pool.query(
    `INSERT INTO "ViewDetailHour" AS d ("storyId", hour, source, dimension, value, views)
     SELECT story, date_trunc('hour', now(), 'UTC'), '${FALLBACK_SOURCE}', 'excluded', reason, views
     FROM unnest($1::int[], $2::text[], $3::int[]) AS u(story, reason, views) ORDER BY 1, 5
     ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = d.views + EXCLUDED.views`,
    [rows.map((row) => row.storyId), rows.map((row) => row.reason), rows.map((row) => row.views)],
  );
}
