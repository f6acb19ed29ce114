import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { inTransaction } from "~/stores/postgres/transaction";
import type { TargetKind } from "~/tracker/view";

/** Stories or chapters per statement: a target with two years of hours takes about 10 ms. */
const CHUNK = 50;
const tables: Record<TargetKind, string> = { story: `"Story"`, chapter: `"Chapter"` };

/**
 * Compares read counts with the sum of their hourly history, target by target, where the last call stopped, for about `ms`. A
 * round over all stories and chapters takes as many calls as the site needs; its result stands until the next round is complete.
 * Both sides of a target move in one transaction, so each comparison is exact. One process at a time does it: others return.
 */
export async function checkHistory(pool: pg.Pool, ms: number): Promise<void> {
  const endAt = performance.now() + ms;
  while ((await checkSome(pool)) && performance.now() < endAt);
}

/** Compares the targets after $1, and keeps in HistoryDifference those that differ and no others of them. */
const compareStatement = (kind: TargetKind) => `
  WITH compared AS (
    SELECT t.id, t."readCount", COALESCE(h.views, 0) AS history
    FROM (SELECT id, "readCount" FROM ${tables[kind]} WHERE id > $1 ORDER BY id LIMIT ${CHUNK}) t
    LEFT JOIN LATERAL (
      SELECT sum(views) AS views FROM "ViewHour" WHERE kind = '${kind}' AND "targetId" = t.id
    ) h ON true
  ), agree AS (
    DELETE FROM "HistoryDifference" d WHERE kind = '${kind}' AND "targetId" > $1
      AND "targetId" <= COALESCE((SELECT max(id) FROM compared), 2147483647)
      AND NOT EXISTS (SELECT FROM compared c WHERE c.id = d."targetId" AND c."readCount" <> c.history)
  ), differ AS (
    INSERT INTO "HistoryDifference" (kind, "targetId", "readCount", history)
    SELECT '${kind}', id, "readCount", history FROM compared WHERE "readCount" <> history
    ON CONFLICT (kind, "targetId") DO UPDATE SET "readCount" = EXCLUDED."readCount", history = EXCLUDED.history, "checkedAt" = now()
  )
  SELECT max(id) AS "lastId", COALESCE(sum(abs("readCount" - history)), 0) AS mismatched FROM compared`;

/** @returns whether there is more to compare in this round. */
function checkSome(pool: pg.Pool): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ got: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS got", [
      ADVISORY_LOCKS.checkHistory,
    ]);
    if (!lock.rows[0]?.got) return false;
    const { rows } = await client.query<{ kind: TargetKind; afterId: number }>(
      `SELECT kind, "afterId" FROM "HistoryCheck"`,
    );
    const { kind, afterId } = rows[0] ?? { kind: "story", afterId: 0 };
    const found = await client.query<{ lastId: number | null; mismatched: string }>(compareStatement(kind), [
      afterId,
    ]);
    const { lastId = null, mismatched = "0" } = found.rows[0] ?? {};
    if (lastId !== null) {
      await client.query(`UPDATE "HistoryCheck" SET "afterId" = $1, mismatched = mismatched + $2`, [
        lastId,
        mismatched,
      ]);
      return true;
    }
    if (kind === "story") {
      await client.query(`UPDATE "HistoryCheck" SET kind = 'chapter', "afterId" = 0`);
      return true;
    }
    await client.query(
      `UPDATE "HistoryCheck" SET kind = 'story', "afterId" = 0, result = mismatched, mismatched = 0, "finishedAt" = now()`,
    );
    return false;
  });
}
