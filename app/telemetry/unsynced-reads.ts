import type pg from "pg";
import type { UnsyncedCounts } from "~/tracker/ports";
import { type Target, type TargetKind, targetKey } from "~/tracker/view";
import { RUN_DEAD_AFTER_MS } from "./sync-runs";

/** How many views of a target Redis had at a time that Postgres did not have. */
export interface UnsyncedReading {
  target: Target;
  unsynced: number;
  /** Unix ms. */
  at: number;
}

/** Clocks of the machines differ by less than this, ms. */
const CLOCKS_MS = 2000;

const inColumns = (targets: readonly Target[]) => [
  targets.map(({ kind }) => kind),
  targets.map(({ id }) => id),
];

/**
 * Remembers readings in Postgres: each as the total that Redis has ever counted of its target, which is what syncs have moved plus what
 * waits. That sum does not change when a sync moves views, and it only grows, so readings of several processes may arrive in any order.
 * A reading made while a sync was running may have counted a view on both sides and is left out; the next one is not. Rejects when
 * Postgres does not accept them.
 */
export async function writeUnsynced(
  pool: Pick<pg.Pool, "query">,
  readings: UnsyncedReading[],
): Promise<void> {
  const waiting = readings.filter(({ unsynced }) => unsynced > 0);
  if (waiting.length === 0) return;
  await pool.query({
    name: "write-unsynced",
    text: `WITH sync AS (
        SELECT COALESCE(max(CASE
          WHEN "endedAt" IS NOT NULL THEN "endedAt"
          WHEN "startedAt" > now() - make_interval(secs => ${RUN_DEAD_AFTER_MS / 1000}) THEN 'infinity' END), '-infinity') AS until
        FROM (SELECT * FROM "SyncRun" ORDER BY "startedAt" DESC LIMIT 10) latest)
      INSERT INTO "UnsyncedReads" AS r (kind, "targetId", total, "seenAt")
      SELECT u.kind, u.id, COALESCE(s."syncedReads", c."syncedReads") + u.unsynced, to_timestamp(u.at / 1000)
      FROM unnest($1::text[], $2::int[], $3::bigint[], $4::float8[]) AS u(kind, id, unsynced, at)
      LEFT JOIN "Story" s ON u.kind = 'story' AND s.id = u.id
      LEFT JOIN "Chapter" c ON u.kind = 'chapter' AND c.id = u.id
      WHERE COALESCE(s.id, c.id) IS NOT NULL AND to_timestamp((u.at - ${CLOCKS_MS}) / 1000) > (SELECT until FROM sync)
      ORDER BY u.kind, u.id
      ON CONFLICT (kind, "targetId") DO UPDATE SET total = EXCLUDED.total, "seenAt" = EXCLUDED."seenAt"
        WHERE r.total < EXCLUDED.total`,
    values: [
      ...inColumns(waiting.map(({ target }) => target)),
      waiting.map(({ unsynced }) => unsynced),
      waiting.map(({ at }) => at),
    ],
  });
}

/**
 * The unsynced views of some targets as they were last known, less what was synced since. Read in one statement with the read counts, so
 * that the two belong together whatever a sync does meanwhile. Rejects when Postgres does not answer.
 */
export async function readRemembered(
  pool: Pick<pg.Pool, "query">,
  targets: readonly Target[],
): Promise<UnsyncedCounts> {
  const { rows } = await pool.query<{
    kind: TargetKind;
    id: number;
    readCount: number;
    unsynced: number;
    seenAt: Date;
  }>({
    name: "read-remembered",
    text: `SELECT u.kind, u.id, COALESCE(s."readCount", c."readCount") AS "readCount", r."seenAt",
        GREATEST(0, r.total - COALESCE(s."syncedReads", c."syncedReads")) AS unsynced
      FROM unnest($1::text[], $2::int[]) AS u(kind, id)
      JOIN "UnsyncedReads" r ON r.kind = u.kind AND r."targetId" = u.id
      LEFT JOIN "Story" s ON u.kind = 'story' AND s.id = u.id
      LEFT JOIN "Chapter" c ON u.kind = 'chapter' AND c.id = u.id
      WHERE COALESCE(s.id, c.id) IS NOT NULL`,
    values: inColumns(targets),
  });
  const totals = new Map(rows.map((row) => [targetKey(row), row.readCount + row.unsynced]));
  const at = rows.reduce<Date | null>((last, { seenAt }) => (last && last > seenAt ? last : seenAt), null);
  return Object.assign(new Map(rows.map((row) => [targetKey(row), row.unsynced])), {
    remembered: { at, totals },
  });
}

/** Forgets what was remembered before a sync that has moved everything. */
export async function forgetUnsynced(pool: Pick<pg.Pool, "query">, before: Date): Promise<void> {
  await pool.query(`DELETE FROM "UnsyncedReads" WHERE "seenAt" < $1`, [before]);
}
