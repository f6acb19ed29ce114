import type pg from "pg";

/** The id under which each shard's early lives are kept as one. */
const EARLIER = "earlier";
const LIVES_KEPT_DAYS = 30;
/** An older copy of Redis than this is not expected to come back; its buffers would be moved again up to their marks, and no further. */
const BUFFERS_KEPT_DAYS = 90;

/**
 * Bounds the ledger's tables: lives that ended long ago become one row per shard with the same sums, and the totals of buffers that
 * were moved long ago are removed. @returns how many rows went.
 */
export async function pruneLedger(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ gone: number }>(
    `WITH gone AS (
       DELETE FROM "RedisLedger" WHERE "endedAt" < now() - make_interval(days => $1) AND ledger <> $2 RETURNING *
     ), kept AS (
       INSERT INTO "RedisLedger" AS l (shard, ledger, accepted, synced, survived, lost, "firstAt", "seenAt", "endedAt")
       SELECT shard, $2, sum(accepted - base), sum(synced), 0, sum(lost), min("firstAt"), max("seenAt"), max("endedAt")
       FROM gone GROUP BY shard
       ON CONFLICT (shard, ledger) DO UPDATE SET accepted = l.accepted + EXCLUDED.accepted,
         synced = l.synced + EXCLUDED.synced, lost = l.lost + EXCLUDED.lost,
         "seenAt" = EXCLUDED."seenAt", "endedAt" = EXCLUDED."endedAt"
     )
     SELECT count(*)::int AS gone FROM gone`,
    [LIVES_KEPT_DAYS, EARLIER],
  );
  const { rowCount } = await pool.query(
    `DELETE FROM "SyncedBuffer" WHERE "movedAt" < now() - make_interval(days => $1)`,
    [BUFFERS_KEPT_DAYS],
  );
  return (rows[0]?.gone ?? 0) + (rowCount ?? 0);
}
