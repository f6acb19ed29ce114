import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { MOST_READ_PERIODS } from "~/tracker/most-read";
import { HOUR_MS } from "~/tracker/window";
import { inTransaction } from "./transaction";

/** Stories per list. */
const MOST = 20;
/** A list is ranked again after this share of its period, and at most so often, ms: a week's costs more and changes less. */
const RANK_AGAIN = 1 / 168;
const LEAST_AGE_MS = 9 * 60_000;

/** Views of stories that Postgres does not have yet. */
export interface UnsyncedStories {
  views: ReadonlyMap<number, number>;
  /** Since when the oldest has been waiting, Unix ms; null if there are none. */
  oldestAt: number | null;
  /** The latest run of the sync when they were read, 0 before the first: a later one may have moved them. Null on a site without Redis. */
  syncRun: number | null;
}

/**
 * Ranks the published stories of each period by their views, those that wait in Redis included. One process at a time does it. A list
 * whose period is shorter than views have been waiting for keeps its order: no one knows in which hour those were. So does every list once a
 * sync has started since they were read, as they would be counted twice. `unsynced` is null where they are not known, as Redis does not
 * answer or a sync is moving them: nothing is ranked then, as an order without them would be wrong.
 */
export async function rankMostRead(
  pool: pg.Pool,
  unsynced: UnsyncedStories | null,
  now = Date.now(),
): Promise<void> {
  if (!unsynced) return;
  for (const { key, hours } of MOST_READ_PERIODS) {
    const since = hours === null ? null : now - hours * HOUR_MS;
    if (since !== null && unsynced.oldestAt !== null && unsynced.oldestAt < since) continue;
    await inTransaction(pool, async (client) => {
      // One snapshot for all that follows: what it has of no sync, it has no views of either.
      await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      const { rows } = await client.query<{ mine: boolean; asOf: Date | null; syncRun: number }>(
        `SELECT pg_try_advisory_xact_lock($1) AS mine, (SELECT max("asOf") FROM "MostRead" WHERE period = $2) AS "asOf",
           (SELECT COALESCE(max(id), 0) FROM "SyncRun") AS "syncRun"`,
        [ADVISORY_LOCKS.rankMostRead, key],
      );
      const [turn] = rows;
      if (unsynced.syncRun !== null && turn?.syncRun !== unsynced.syncRun) return;
      const rest = Math.max(LEAST_AGE_MS, (hours ?? 0) * HOUR_MS * RANK_AGAIN);
      if (!turn?.mine || (turn.asOf && now - turn.asOf.getTime() < rest)) return;
      await client.query(`DELETE FROM "MostRead" WHERE period = $1`, [key]);
      await client.query(
        `INSERT INTO "MostRead" (period, rank, "storyId", reads, "asOf")
         SELECT $1, row_number() OVER (ORDER BY reads DESC, id), id, reads, to_timestamp($5::float8 / 1000)
         FROM (${hours === null ? TOTALS : HOURS}) AS ranked
         WHERE reads > 0 ORDER BY reads DESC, id LIMIT ${MOST}`,
        [key, [...unsynced.views.keys()], [...unsynced.views.values()], new Date(since ?? 0), now],
      );
    });
  }
}

const WAITING = `unnest($2::int[], $3::bigint[]) AS w(id, views)`;
const TOTALS = `
  SELECT s.id, s."readCount" + COALESCE(w.views, 0) AS reads FROM "Story" s LEFT JOIN ${WAITING} USING (id)
  WHERE s.status = 'PUBLISHED' AND $4::timestamptz IS NOT NULL`;
const HOURS = `
  SELECT s.id, sum(v.views)::bigint AS reads FROM (
    SELECT "targetId" AS id, views FROM "ViewHour" WHERE kind = 'story' AND hour >= $4
    UNION ALL SELECT id, views FROM ${WAITING}
  ) v JOIN "Story" s USING (id) WHERE s.status = 'PUBLISHED' GROUP BY s.id`;
