import type pg from "pg";
import type { HourBuffer, Snapshot } from "~/tracker/hour-buffer";
import { parseField } from "~/tracker/hour-buffer";
import type { SnapshotReader } from "~/tracker/ports";
import { allShards } from "~/tracker/shard";
import { FALLBACK_SOURCE, REDIS_SOURCES, redisSource } from "~/tracker/source";
import { HOUR_MS } from "~/tracker/window";

/** Where every accepted view is. Views, not page loads: a chapter view that also counts for its story is two. */
export interface Ledger {
  at: Date;
  /** Answered as counted, in either store, less the retracted ones. */
  accepted: number;
  /** In Postgres, via Redis. */
  synced: number;
  /** In Redis, not yet synced. */
  buffered: number;
  /** Counted directly in Postgres, including the retracted ones. */
  fallback: number;
  journalled: number;
  retracted: number;
  /** Lost by Redis after it had acknowledged them. */
  knownLost: number;
  /** Views that do not add up: accepted against where they are, and `readCount` against the hourly history. */
  drift: number;
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

/** The ledger is read again when a sync moved views meanwhile, at most this many times. */
const MAX_TRIES = 5;

/** A consistent reading of Postgres and Redis. */
interface Reading {
  /** Without `drift`, which depends on the known loss: see `withLoss`. */
  ledger: Omit<Ledger, "drift">;
  snapshots: Snapshot[];
  /** Views by which marks are ahead of their buffers. */
  behind: number;
  /** Accepted views that are nowhere; negative when more are somewhere than were accepted. */
  missing: number;
  /** Views by which `readCount` and the hourly history differ, over all targets. */
  mismatched: number;
  /** Shards whose ledger was replaced or has become smaller: Redis lost views. */
  lostShards: number[];
}

/**
 * Reads the whole ledger. Postgres is read before and after Redis: the two are consistent only if no sync moved anything in
 * between. @returns null when syncs never paused long enough; rejects when Redis or Postgres does not answer.
 */
async function read(pool: pg.Pool, redis: SnapshotReader): Promise<Reading | null> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await readSums(pool);
    const marks = await readWatermarks(pool);
    const snapshots = await Promise.all(allShards.map((shard) => redis.snapshot(shard)));
    const { unsynced, behind } = await readUnsynced(pool, snapshots);
    const sums = await readSums(pool);
    if (sums.synced !== before.synced) continue;
    const { acceptedInRedis, lostShards } = compare(marks, snapshots);
    const { synced, retracted, journalled, knownLost, mismatched } = sums;
    const accepted = acceptedInRedis + sums.fallbackRows - retracted + journalled;
    const fallback = sums.fallbackHours + retracted;
    const missing = accepted - (synced + unsynced + fallback + journalled - retracted + knownLost);
    const ledger = {
      at: new Date(),
      accepted,
      synced,
      buffered: unsynced,
      fallback,
      journalled,
      retracted,
      knownLost,
    };
    return { ledger, snapshots, behind, missing, mismatched, lostShards };
  }
  return null;
}

/** The highest count that Postgres has of one ledger id of one shard. */
interface Watermark {
  shard: number;
  ledger: string;
  base: number;
  accepted: number;
  ended: boolean;
}

/**
 * Compares Redis's ledgers with the highest counts seen before. A ledger that Redis still has is taken at Redis's count,
 * unless that is less than was seen before, which cannot happen while Redis keeps what it acknowledged.
 */
function compare(marks: Watermark[], snapshots: Snapshot[]) {
  const current = (mark: Watermark) => snapshots[mark.shard]?.ledger === mark.ledger;
  const ended = marks.filter((mark) => !mark.ended && !current(mark)).map((mark) => mark.shard);
  const past = marks.filter((mark) => !current(mark)).map((mark) => mark.accepted - mark.base);
  const older: number[] = [];
  const present = snapshots.map(({ ledger, base, accepted }, shard) => {
    const mark = marks.find((one) => one.shard === shard && one.ledger === ledger);
    if (mark && mark.accepted > accepted) older.push(shard);
    return Math.max(accepted, mark?.accepted ?? 0) - base;
  });
  const acceptedInRedis = [...past, ...present].reduce((sum, views) => sum + views, 0);
  return { acceptedInRedis, lostShards: [...new Set([...ended, ...older])] };
}

/** Returns the drift as one number: the larger difference of the two checks. */
const driftOf = (missing: number, mismatched: number) => Math.max(Math.abs(missing), mismatched);

/**
 * Reads the current ledger and changes nothing. Views that Redis has lost since the last sync are shown as known loss, as the
 * next sync will record them. @returns null, and rejects, as `recordLedger` does.
 */
export async function readLedger(pool: pg.Pool, redis: SnapshotReader): Promise<Ledger | null> {
  const reading = await read(pool, redis);
  if (!reading) return null;
  const lost = reading.lostShards.length > 0 ? Math.max(0, reading.missing) : 0;
  return withLoss(reading, lost);
}

const withLoss = ({ ledger, missing, mismatched }: Reading, lost: number): Ledger => ({
  ...ledger,
  knownLost: ledger.knownLost + lost,
  drift: driftOf(missing - lost, mismatched),
});

/**
 * Reads the ledger and stores it, as every sync does. When a shard's ledger in Redis was replaced or came back older, Redis
 * has lost views: the missing ones are recorded as known loss, not as drift. A ledger that came back older is renamed, so that
 * new views are told apart from those it had already counted. @returns null when syncs never paused long enough for a reading;
 * rejects when Redis or Postgres does not answer.
 */
export async function recordLedger(
  pool: pg.Pool,
  redis: SnapshotReader & { renameLedger(shard: number, from: string, base: number): Promise<string | null> },
): Promise<Ledger | null> {
  const reading = await read(pool, redis);
  if (!reading) return null;
  const { snapshots, lostShards } = reading;
  for (const shard of lostShards) {
    const { ledger, accepted, base } = snapshots[shard] as Snapshot;
    const older = base === 0 && ledger !== "" && (await isBehind(pool, shard, ledger, accepted));
    const renamed = older ? await redis.renameLedger(shard, ledger, accepted) : null;
    if (renamed) Object.assign(snapshots[shard] as Snapshot, { ledger: renamed, base: accepted });
  }
  const lost = await recordLoss(pool, reading);
  const ledger = withLoss(reading, lost);
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

/** Reads Postgres's side. The fallback's rows and its hours are summed separately, so that each checks the other. */
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
       (SELECT COALESCE(sum(views), 0) FROM "ViewHour" WHERE source LIKE '${REDIS_SOURCES}') AS synced,
       (SELECT COALESCE(sum(views), 0) FROM "ViewHour" WHERE source = '${FALLBACK_SOURCE}') AS "fallbackHours",
       (SELECT count(*) FROM views WHERE counted OR "retractedAt" IS NOT NULL) AS "fallbackRows",
       (SELECT count(*) FROM views WHERE "retractedAt" IS NOT NULL) AS retracted,
       (SELECT COALESCE(sum(journalled), 0) FROM (SELECT DISTINCT ON (process) journalled FROM "Sample"
          WHERE at > now() - interval '1 minute' ORDER BY process, at DESC) latest) AS journalled,
       (SELECT COALESCE(sum(views), 0) FROM "KnownLoss") AS "knownLost",
       (SELECT COALESCE(sum(abs(c."readCount" - COALESCE(h.views, 0))), 0)
          FROM counts c LEFT JOIN history h USING (kind, id)) AS mismatched`,
  );
  const [row] = rows;
  if (!row) throw new Error("Postgres returned no ledger sums");
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Number(value)]),
  ) as unknown as Sums;
}

/** Reads views in Redis beyond their marks and, after Redis came back older than it was, marks beyond Redis. */
async function readUnsynced(pool: pg.Pool, snapshots: Snapshot[]) {
  const buffers = snapshots.flatMap((snapshot) => snapshot.buffers).filter((buffer) => buffer.birth !== "");
  const { rows } = await pool.query<{ kind: string; id: number; hour: Date; source: string; views: number }>(
    `SELECT kind, "targetId" AS id, hour, source, views FROM "ViewHour" WHERE source = ANY($1::text[])`,
    [buffers.map((buffer) => redisSource(buffer.birth))],
  );
  const marks = new Map(
    rows.map((row) => [`${row.source}/${row.hour.getTime()}/${row.kind}/${row.id}`, row.views]),
  );
  let unsynced = 0;
  let behind = 0;
  for (const buffer of buffers)
    for (const [target, views] of viewsOf(buffer)) {
      const mark = marks.get(`${redisSource(buffer.birth)}/${buffer.hour * HOUR_MS}/${target}`) ?? 0;
      unsynced += Math.max(0, views - mark);
      behind += Math.max(0, mark - views);
    }
  return { unsynced, behind };
}

function* viewsOf(buffer: HourBuffer): Generator<[target: string, views: number]> {
  for (const [field, views] of buffer.counts) {
    const parsed = parseField(field);
    if (parsed?.type === "views") yield [`${parsed.kind}/${parsed.id}`, views];
  }
}

async function readWatermarks(pool: pg.Pool): Promise<Watermark[]> {
  const { rows } = await pool.query<Record<keyof Watermark, string>>(
    `SELECT shard, ledger, base, accepted, "endedAt" IS NOT NULL AS ended FROM "RedisLedger"`,
  );
  return rows.map((row) => ({
    shard: Number(row.shard),
    ledger: row.ledger,
    base: Number(row.base),
    accepted: Number(row.accepted),
    ended: Boolean(row.ended),
  }));
}

async function isBehind(pool: pg.Pool, shard: number, ledger: string, accepted: number) {
  const { rows } = await pool.query(
    `SELECT FROM "RedisLedger" WHERE shard = $1 AND ledger = $2 AND accepted > $3`,
    [shard, ledger, accepted],
  );
  return rows.length > 0;
}

/**
 * Stores the ledgers that Redis has now, and attributes missing views to a loss where there was one: an open ledger that
 * Redis no longer has, or a Redis still behind its marks after it came back older (its buffers swallow new views until they
 * have caught up: the same loss, still growing). It is one statement: a crash leaves all of it or nothing, and two syncs
 * record a loss once. @returns the views newly known to be lost.
 */
async function recordLoss(pool: pg.Pool, { snapshots, behind, missing }: Reading): Promise<number> {
  const kept = snapshots.map((snapshot, shard) => ({ ...snapshot, shard }));
  const { rows } = await pool.query<{ added: number }>(
    `WITH kept AS (
       SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::bigint[]) AS u(shard, ledger, base, accepted)
     ), noted AS (
       INSERT INTO "RedisLedger" AS l (shard, ledger, base, accepted)
       SELECT * FROM kept WHERE ledger <> ''
       ON CONFLICT (shard, ledger) DO UPDATE SET "seenAt" = now(),
         accepted = GREATEST(l.accepted, EXCLUDED.accepted), base = GREATEST(l.base, EXCLUDED.base)
     ), ended AS (
       UPDATE "RedisLedger" l SET "endedAt" = now() FROM kept k
       WHERE l.shard = k.shard AND l.ledger <> k.ledger AND l."endedAt" IS NULL
       RETURNING l."seenAt", k.base > 0 AS older
     ), written AS (
       INSERT INTO "KnownLoss" ("fromAt", "toAt", views, cause, behind)
       SELECT min("seenAt"), now(), $5::int,
         CASE WHEN bool_or(older) THEN 'Redis came back older than it was' ELSE 'Redis lost its data' END, $6::int
       FROM ended HAVING count(*) > 0
       RETURNING views
     ), grown AS (
       UPDATE "KnownLoss" k SET views = k.views + LEAST($5::int, k.behind), behind = k.behind - LEAST($5::int, k.behind),
         "toAt" = now()
       WHERE id = (SELECT max(id) FROM "KnownLoss" WHERE behind > 0) AND $5::int > 0
         AND NOT EXISTS (SELECT FROM ended)
       RETURNING new.views - old.views AS views
     )
     SELECT (SELECT COALESCE(sum(views), 0)::int FROM written) + (SELECT COALESCE(sum(views), 0)::int FROM grown) AS added`,
    [
      kept.map(({ shard }) => shard),
      kept.map(({ ledger }) => ledger),
      kept.map(({ base }) => base),
      kept.map(({ accepted }) => accepted),
      Math.max(0, missing),
      behind,
    ],
  );
  return rows[0]?.added ?? 0;
}
