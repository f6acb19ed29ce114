import type pg from "pg";
import type { UnsyncedCounts } from "~/tracker/ports";
import { type Target, type TargetKind, targetKey } from "~/tracker/view";
import { RUN_DEAD_AFTER_MS } from "./sync-runs";

/** How many views of a target Redis had at a time that Postgres did not have. */
export interface UnsyncedReading {
  target: Target;
  unsynced: number;
  /** Unix ms by this machine's clock, from before Redis was asked. */
  at: number;
}

const inColumns = (targets: readonly Target[]) => [
  targets.map(({ kind }) => kind),
  targets.map(({ id }) => id),
];

/**
 * Remembers readings in Postgres: each as the total that Redis has ever counted of its target, which is what syncs have moved plus what
 * waits. That sum does not change when a sync moves views, and it only grows, so readings of several processes may arrive in any order.
 *
 * A reading that was made while a sync ran may count a view on both sides. The views that wait are then added to what syncs had moved
 * before, which is the total too until the sync has moved those of this target, and too low for a moment afterwards. If that is not
 * known, because nothing was remembered before or it is from after the reading, the reading is left out. `now` is the clock that the readings' times are of. Rejects when Postgres does not accept
 * them.
 */
export async function writeUnsynced(
  pool: Pick<pg.Pool, "query">,
  readings: UnsyncedReading[],
  now: () => number = Date.now,
): Promise<void> {
  const waiting = readings.filter(({ unsynced }) => unsynced > 0);
  if (waiting.length === 0) return;
  const { rows } = await pool.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  // Machines' clocks differ. Ages do not: the answer took a moment, so this makes readings a little older than they are, and none younger.
  const behind = now() - (rows[0]?.now.getTime() ?? 0);
  await pool.query({
    name: "write-unsynced",
    text: `WITH sync AS (
        SELECT COALESCE(max(CASE
          WHEN "endedAt" IS NOT NULL THEN "endedAt"
          WHEN "startedAt" > now() - make_interval(secs => ${RUN_DEAD_AFTER_MS / 1000}) THEN 'infinity' END), '-infinity') AS until
        FROM (SELECT * FROM "SyncRun" ORDER BY "startedAt" DESC LIMIT 10) latest),
      reading AS (
        SELECT u.kind, u.id, u.unsynced, at, COALESCE(s."syncedReads", c."syncedReads") AS synced, at > sync.until AS alone
        FROM sync CROSS JOIN unnest($1::text[], $2::int[], $3::bigint[], $4::float8[]) AS u(kind, id, unsynced, ms)
        CROSS JOIN to_timestamp(u.ms / 1000) at
        LEFT JOIN "Story" s ON u.kind = 'story' AND s.id = u.id
        LEFT JOIN "Chapter" c ON u.kind = 'chapter' AND c.id = u.id
        WHERE COALESCE(s.id, c.id) IS NOT NULL),
      remembered AS (
        SELECT kind, id, unsynced, at, synced, at AS "syncedAt" FROM reading WHERE alone
        UNION ALL
        SELECT r.kind, r."targetId", unsynced, at, r.synced, r."syncedAt"
        FROM reading JOIN "UnsyncedReads" r ON r.kind = reading.kind AND r."targetId" = reading.id
        WHERE NOT alone AND r."syncedAt" <= at)
      INSERT INTO "UnsyncedReads" AS r (kind, "targetId", total, synced, "syncedAt", "seenAt")
      SELECT kind, id, synced + unsynced, synced, "syncedAt", at FROM remembered ORDER BY kind, id
      ON CONFLICT (kind, "targetId") DO UPDATE
        SET total = EXCLUDED.total, synced = EXCLUDED.synced, "syncedAt" = EXCLUDED."syncedAt", "seenAt" = EXCLUDED."seenAt"
        WHERE r.total < EXCLUDED.total`,
    values: [
      ...inColumns(waiting.map(({ target }) => target)),
      waiting.map(({ unsynced }) => unsynced),
      waiting.map(({ at }) => at - behind),
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
