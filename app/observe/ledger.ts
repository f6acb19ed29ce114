import type pg from "pg";
import type { Buffer, Snapshot } from "../tracker/buffer";
import { parseField } from "../tracker/buffer";
import { allShards } from "../tracker/shard";
import { HOUR_MS } from "../tracker/window";

/** Where every accepted view is. Views, not page loads: a chapter's view that also counts for its story is two. */
export interface Ledger {
  at: Date;
  /** Answered as counted, in whichever store, less what was taken back. */
  accepted: number;
  /** In Postgres by way of Redis. */
  synced: number;
  /** In Redis, waiting for the sync. */
  buffered: number;
  /** Counted in Postgres directly, the retracted ones included. */
  fallback: number;
  journalled: number;
  retracted: number;
  /** Lost from Redis's disk after Redis had acknowledged them. */
  knownLost: number;
  /** Views that do not add up: accepted against where they are, and `readCount` against the hourly history. */
  drift: number;
}

/** What the ledger needs of Redis. */
export interface LedgerSource {
  snapshot(shard: number): Promise<Snapshot>;
}

interface Sums {
  synced: number;
  retracted: number;
  fallbackRows: number;
  fallbackHours: number;
  journalled: number;
  knownLost: number;
  mismatched: number;
}

/** A sync that moves views while the ledger is read makes it begin again, this often at most. */
const MOST_TRIES = 5;

/** A reading in which Postgres and Redis belong together. */
interface Reading {
  /** `drift` is left to the reader: see `driftOf`. */
  ledger: Omit<Ledger, "drift">;
  snapshots: Snapshot[];
  /** Views by which marks are ahead of their buffers. */
  behind: number;
  /** Accepted views that are nowhere; negative when more are somewhere than were accepted. */
  missing: number;
  /** Views by which `readCount` and the hourly history differ, over all targets. */
  mismatched: number;
}

/**
 * Reads the whole ledger. Postgres is read before and after Redis: only when no sync moved anything in between do the two
 * belong together. @returns null when syncs never paused long enough; rejects when Redis or Postgres does not answer.
 */
async function read(pool: pg.Pool, redis: LedgerSource): Promise<Reading | null> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = await readSums(pool);
    const snapshots = await Promise.all(allShards.map((shard) => redis.snapshot(shard)));
    const { buffered, behind } = await readBuffered(pool, snapshots);
    const sums = await readSums(pool);
    if (sums.synced !== before.synced) continue;
    await noteSnapshots(pool, snapshots);
    const { synced, retracted, journalled, knownLost, mismatched } = sums;
    const accepted = (await readAccepted(pool)) + sums.fallbackRows - retracted + journalled;
    const fallback = sums.fallbackHours + retracted;
    const missing = accepted - (synced + buffered + fallback + journalled - retracted + knownLost);
    const ledger = { at: new Date(), accepted, synced, buffered, fallback, journalled, retracted, knownLost };
    return { ledger, snapshots, behind, missing, mismatched };
  }
  return null;
}

/** One number for "it does not add up": whichever of the two checks is off by more. */
const driftOf = (missing: number, mismatched: number) => Math.max(Math.abs(missing), mismatched);

/** The ledger as it is now, changing nothing. @returns null, and rejects, as `recordLedger`. */
export async function readLedger(pool: pg.Pool, redis: LedgerSource): Promise<Ledger | null> {
  const reading = await read(pool, redis);
  return reading && { ...reading.ledger, drift: driftOf(reading.missing, reading.mismatched) };
}

/**
 * Reads the ledger and stores it, as every sync does. When a shard's ledger in Redis is not the one it was, Redis has lost
 * views: what is missing then is written down as known loss, and is no drift. @returns null when syncs never paused long
 * enough for a reading; rejects when Redis or Postgres does not answer.
 */
export async function recordLedger(pool: pg.Pool, redis: LedgerSource): Promise<Ledger | null> {
  const reading = await read(pool, redis);
  if (!reading) return null;
  const lost = await recordLoss(pool, reading.snapshots, reading.behind, reading.missing);
  const ledger: Ledger = {
    ...reading.ledger,
    knownLost: reading.ledger.knownLost + lost,
    drift: driftOf(reading.missing - lost, reading.mismatched),
  };
  await pool.query(
    `INSERT INTO "LedgerEntry" (accepted, synced, buffered, fallback, journalled, retracted, "knownLost", drift)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ledger.accepted,
      ledger.synced,
      ledger.buffered,
      ledger.fallback,
      ledger.journalled,
      ledger.retracted,
      ledger.knownLost,
      ledger.drift,
    ],
  );
  return ledger;
}

/** Postgres's side. Rows and hours of the fallback are written apart, so that each checks the other. */
async function readSums(pool: pg.Pool): Promise<Sums> {
  const { rows } = await pool.query<Record<keyof Sums, string>>(
    `WITH views AS (
       SELECT counted, "retractedAt" FROM "StoryView" WHERE "window" IS NOT NULL
       UNION ALL SELECT counted, "retractedAt" FROM "ChapterView" WHERE "window" IS NOT NULL
     ), history AS (
       SELECT kind, "targetId" AS id, sum(views) AS views FROM "ViewHour" GROUP BY 1, 2
     ), counts AS (
       SELECT 'story' AS kind, id, "readCount" FROM "Story" UNION ALL SELECT 'chapter', id, "readCount" FROM "Chapter"
     )
     SELECT
       (SELECT COALESCE(sum(views), 0) FROM "ViewHour" WHERE source LIKE 'r:%') AS synced,
       (SELECT COALESCE(sum(views), 0) FROM "ViewHour" WHERE source = 'db') AS "fallbackHours",
       (SELECT count(*) FROM views WHERE counted OR "retractedAt" IS NOT NULL) AS "fallbackRows",
       (SELECT count(*) FROM views WHERE "retractedAt" IS NOT NULL) AS retracted,
       (SELECT COALESCE(sum(journalled), 0) FROM (SELECT DISTINCT ON (process) journalled FROM "Sample"
          WHERE at > now() - interval '1 minute' ORDER BY process, at DESC) latest) AS journalled,
       (SELECT COALESCE(sum(views), 0) FROM "KnownLoss") AS "knownLost",
       (SELECT COALESCE(sum(abs(c."readCount" - COALESCE(h.views, 0))), 0)
          FROM counts c LEFT JOIN history h USING (kind, id)) AS mismatched`,
  );
  const [row] = rows;
  if (!row) throw new Error("Postgres gave no ledger sums");
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Number(value)]),
  ) as unknown as Sums;
}

/** Views in Redis beyond their marks, and, after Redis came back older than it was, marks beyond Redis. */
async function readBuffered(pool: pg.Pool, snapshots: Snapshot[]) {
  const buffers = snapshots.flatMap((snapshot) => snapshot.buffers).filter((buffer) => buffer.birth !== "");
  const { rows } = await pool.query<{ kind: string; id: number; hour: Date; source: string; views: number }>(
    `SELECT kind, "targetId" AS id, hour, source, views FROM "ViewHour" WHERE source = ANY($1::text[])`,
    [buffers.map((buffer) => `r:${buffer.birth}`)],
  );
  const marks = new Map(
    rows.map((row) => [`${row.source}/${row.hour.getTime()}/${row.kind}/${row.id}`, row.views]),
  );
  let buffered = 0;
  let behind = 0;
  for (const buffer of buffers)
    for (const [target, views] of viewsOf(buffer)) {
      const mark = marks.get(`r:${buffer.birth}/${buffer.hour * HOUR_MS}/${target}`) ?? 0;
      buffered += Math.max(0, views - mark);
      behind += Math.max(0, mark - views);
    }
  return { buffered, behind };
}

function* viewsOf(buffer: Buffer): Generator<[target: string, views: number]> {
  for (const [field, views] of buffer.counts) {
    const parsed = parseField(field);
    if (parsed?.type === "views") yield [`${parsed.kind}/${parsed.id}`, views];
  }
}

async function noteSnapshots(pool: pg.Pool, snapshots: Snapshot[]) {
  const known = snapshots
    .map((snapshot, shard) => ({ ...snapshot, shard }))
    .filter(({ ledger }) => ledger !== "");
  await pool.query(
    `INSERT INTO "RedisLedger" AS l (shard, ledger, base, accepted)
     SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[])
     ON CONFLICT (shard, ledger) DO UPDATE SET "seenAt" = now(),
       accepted = GREATEST(l.accepted, EXCLUDED.accepted), base = GREATEST(l.base, EXCLUDED.base)`,
    [
      known.map(({ shard }) => shard),
      known.map(({ ledger }) => ledger),
      known.map(({ base }) => base),
      known.map(({ accepted }) => accepted),
    ],
  );
}

async function readAccepted(pool: pg.Pool) {
  const { rows } = await pool.query(
    `SELECT COALESCE(sum(accepted - base), 0) AS accepted FROM "RedisLedger"`,
  );
  return Number(rows[0]?.accepted ?? 0);
}

/**
 * Attributes what is missing to a loss, where there was one: a shard's open ledger that Redis no longer keeps, or a Redis
 * still behind its marks after it came back older. One statement, so that two syncs write it down once.
 * @returns the views newly known to be lost.
 */
async function recordLoss(
  pool: pg.Pool,
  snapshots: Snapshot[],
  behind: number,
  missing: number,
): Promise<number> {
  const { rows } = await pool.query<{ from: Date | null; renamed: boolean | null; ended: string }>(
    `WITH now_kept AS (SELECT * FROM unnest($1::int[], $2::text[]) AS u(shard, ledger)),
     ended AS (
       UPDATE "RedisLedger" l SET "endedAt" = now() FROM now_kept k
       WHERE l.shard = k.shard AND l.ledger <> k.ledger AND l."endedAt" IS NULL RETURNING l.shard, l."seenAt"
     )
     SELECT min("seenAt") AS from, count(*) AS ended, (SELECT bool_or(base > 0) FROM "RedisLedger" l
       JOIN now_kept k USING (shard, ledger)) AS renamed FROM ended`,
    [allShards, snapshots.map((snapshot) => snapshot.ledger)],
  );
  const lost = Math.max(0, missing);
  if (Number(rows[0]?.ended ?? 0) > 0) {
    const cause = rows[0]?.renamed ? "Redis came back older than it was" : "Redis lost its data";
    await pool.query(
      `INSERT INTO "KnownLoss" ("fromAt", "toAt", views, cause, behind) VALUES ($1, now(), $2, $3, $4)`,
      [rows[0]?.from ?? null, lost, cause, behind],
    );
    return lost;
  }
  // Buffers that are behind their marks swallow new views until they catch up: the same loss, still growing.
  const { rows: grown } = await pool.query<{ added: number }>(
    `UPDATE "KnownLoss" k SET views = k.views + LEAST($1, k.behind), behind = k.behind - LEAST($1, k.behind), "toAt" = now()
     WHERE id = (SELECT max(id) FROM "KnownLoss" WHERE behind > 0) AND $1 > 0
     RETURNING new.views - old.views AS added`,
    [lost],
  );
  return grown[0]?.added ?? 0;
}
