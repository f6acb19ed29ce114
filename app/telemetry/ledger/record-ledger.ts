import type pg from "pg";
import type { ShardReader } from "~/tracker/ports";
import { SHARDS } from "~/tracker/shard";
import { HISTORY_SOURCE } from "~/tracker/source";
import type { DedupeWindow } from "~/tracker/window";
import type { Ledger, LifeBalance } from "./balance";
import { checkHistory } from "./check-history";
import { type Reading, readBalance } from "./read-ledger";

/** Every sync compares read counts with their history for this long, ms. */
const CHECK_MS = 500;

/**
 * Reads the ledger and stores it, as every sync does. A life that has ended gets its end and its loss. The server's data may have
 * been replaced under a life that still goes on; that life is ended, so that new views are told apart from those that it had
 * already counted. @returns null when syncs never paused long enough for a reading; rejects when Redis or Postgres does not answer.
 */
export async function recordLedger(
  pool: pg.Pool,
  redis: ShardReader & { renewLedger(shard: number, from: string): Promise<string> },
  window: DedupeWindow,
): Promise<Ledger | null> {
  await checkHistory(pool, CHECK_MS);
  let reading = await readBalance(pool, redis);
  const replaced = reading?.lives.filter((life) => life.replaced) ?? [];
  for (const { shard, ledger } of replaced) await redis.renewLedger(shard, ledger);
  if (replaced.length > 0) reading = await readBalance(pool, redis);
  if (!reading) return null;
  await recordLives(pool, reading, window);
  const { ledger } = reading;
  await pool.query(
    `INSERT INTO "LedgerEntry" (accepted, synced, buffered, fallback, journalled, retracted, "knownLost", drift, parts)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ledger.accepted,
      ledger.synced,
      ledger.buffered,
      ledger.fallback,
      ledger.journalled,
      ledger.retracted,
      ledger.knownLost,
      ledger.drift,
      ledger.parts,
    ],
  );
  return ledger;
}

/** Repeating it changes nothing, so two syncs may do it at once. */
async function recordLives(pool: pg.Pool, { lives, shards }: Reading, window: DedupeWindow) {
  const isCurrent = ({ shard, ledger }: LifeBalance) => shards[shard]?.ledger === ledger;
  await pool.query(
    `INSERT INTO "RedisLedger" AS l (shard, ledger, accepted, survived, lost, taught, "endedAt")
     SELECT shard, ledger, accepted, survived, lost, taught, CASE WHEN current THEN NULL ELSE now() END
     FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[])
       AS u(shard, ledger, accepted, survived, lost, taught, current)
     ORDER BY 1, 2
     ON CONFLICT (shard, ledger) DO UPDATE SET
       accepted = GREATEST(l.accepted, EXCLUDED.accepted), survived = EXCLUDED.survived, lost = EXCLUDED.lost,
       taught = GREATEST(l.taught, EXCLUDED.taught),
       "endedAt" = COALESCE(l."endedAt", EXCLUDED."endedAt"),
       "seenAt" = CASE WHEN EXCLUDED."endedAt" IS NULL THEN now() ELSE l."seenAt" END`,
    [
      lives.map(({ shard }) => shard),
      lives.map(({ ledger }) => ledger),
      lives.map(({ accepted }) => accepted),
      lives.map(({ survived }) => survived),
      lives.map(({ lost }) => lost),
      lives.map(({ taught }) => taught),
      lives.map(isCurrent),
    ],
  );
  for (const life of lives)
    if (!isCurrent(life) && life.lost + life.mayRepeat > 0)
      await recordLoss(pool, life, shards[life.shard]?.ended.length === 0, window);
}

/**
 * One row per life. Redis has also forgotten the readers of views that Postgres has: they may be counted again within a window.
 * These are the views that this life had accepted or been taught and that did not survive. If Redis has lost everything, all views of
 * the last window are at stake.
 */
async function recordLoss(pool: pg.Pool, life: LifeBalance, hasNothing: boolean, window: DedupeWindow) {
  await pool.query(
    `INSERT INTO "KnownLoss" AS k ("fromAt", "toAt", views, cause, shard, ledger, "mayRepeat", "repeatUntil")
     SELECT l."seenAt", l."endedAt", $3::bigint, $4, l.shard, l.ledger,
       CASE WHEN $7 THEN (
         SELECT COALESCE(sum(h.views), 0) FROM "ViewHour" h
         LEFT JOIN "Chapter" c ON h.kind = 'chapter' AND c.id = h."targetId"
         WHERE h.views > 0 AND h.hour > l."endedAt" - $6 * interval '1 ms' - interval '1 hour' AND h.source <> '${HISTORY_SOURCE}' AND h.source NOT LIKE 'i:%'
           AND COALESCE(c."storyId", h."targetId") % ${SHARDS} = l.shard)
       ELSE $5::bigint END,
       l."endedAt" + $6 * interval '1 ms'
     FROM "RedisLedger" l WHERE l.shard = $1 AND l.ledger = $2
     ON CONFLICT (shard, ledger) DO UPDATE SET views = EXCLUDED.views,
       "mayRepeat" = GREATEST(k."mayRepeat", EXCLUDED."mayRepeat")
       WHERE k.views <> EXCLUDED.views OR k."mayRepeat" < EXCLUDED."mayRepeat"`,
    [
      life.shard,
      life.ledger,
      life.lost,
      hasNothing ? "Redis lost its data" : "Redis came back older than it was",
      life.mayRepeat,
      window.length,
      hasNothing,
    ],
  );
}
