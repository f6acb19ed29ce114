import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import type { Decision, FallbackRow, Reconciled } from "~/tracker/fallback-row";
import type { FallbackRows, RowPlace } from "~/tracker/ports";
import { SHARDS, shardOf } from "~/tracker/shard";
import { FALLBACK_SOURCE } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import type { DedupeWindow } from "~/tracker/window";
import { inHalves } from "./in-halves";
import { formerKeysOf, otherKeysOf, type StoredKeys } from "./other-keys";
import { inTransaction } from "./transaction";

/** Rows per transaction. */
const BATCH = 500;
/** Statements, and ms, spent on finding the rows of one batch that Postgres refuses to change. */
const SPLIT_TRIES = 40;
const SPLIT_MS = 20_000;

const tables = {
  story: { view: `"StoryView"`, target: `"Story"`, id: `"storyId"`, storyId: `v."storyId"`, storyOf: "t.id" },
  chapter: {
    view: `"ChapterView"`,
    target: `"Chapter"`,
    id: `"chapterId"`,
    storyId: `t."storyId"`,
    storyOf: `t."storyId"`,
  },
};

/** Closes a row: it needs no other keys any more. */
const CLOSED = `"reconciledAt" = now(), "otherKeys" = NULL, "viewerBefore" = NULL, "viewerAfter" = NULL`;
/** Rows that wait for reconcile; the words of the partial index. */
const OPEN = (row: string) => `${row}."window" IS NOT NULL AND ${row}."reconciledAt" IS NULL`;

interface Row extends StoredKeys {
  id: string;
  viewer: string;
  at: string;
  /** Null when the target was deleted. */
  storyId: number | null;
}

/**
 * Gives reconcile access to the fallback's rows, for as long as Redis remembers their time: window and grace, by Postgres's clock.
 * A process that dies or hangs in the middle of a batch loses its transaction, and its lock with it, after the connection's
 * deadline.
 */
export function createFallbackRows(pool: pg.Pool, window: DedupeWindow): FallbackRows {
  const reach = `make_interval(secs => ${(window.length + window.grace) / 1000})`;

  return {
    giveUp: (kind) => inBatches(() => giveUpSome(pool, kind, reach)),
    reconcileBatch: (kind, after, decide) =>
      inTransaction(pool, async (client) => {
        // Two processes would reach the same result, but do the work twice.
        const lock = await client.query<{ got: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS got", [
          ADVISORY_LOCKS.reconcile,
        ]);
        if (!lock.rows[0]?.got) return "busy";
        const found = await nextRows(client, kind, after);
        const last = found.at(-1);
        if (!last) return "done";
        const rows = found.flatMap((row) => rowOf(kind, row));
        const done = await applyInParts(client, kind, await decide(rows));
        await closeOrphans(client, kind, found);
        return { ...done, last: { at: Number(last.at), id: BigInt(last.id) } };
      }),
  };
}

async function nextRows(client: pg.PoolClient, kind: TargetKind, after: RowPlace | null): Promise<Row[]> {
  const { view, target, id, storyId } = tables[kind];
  const { rows } = await client.query<Row>(
    `SELECT v.id, v.viewer, v."otherKeys", v."viewerBefore", v."viewerAfter",
       CASE WHEN t.id IS NULL THEN NULL ELSE ${storyId} END AS "storyId", (extract(epoch FROM v."viewedAt") * 1000)::bigint AS at
     FROM ${view} v LEFT JOIN ${target} t ON t.id = v.${id}
     WHERE ${OPEN("v")} AND (v."viewedAt", v.id) > (to_timestamp($1::float8 / 1000.0), $2::bigint)
     ORDER BY v."viewedAt", v.id LIMIT ${BATCH}`,
    [after?.at ?? 0, after?.id ?? 0n],
  );
  return rows;
}

/** The row as reconcile compares it; none when its target was deleted. */
function rowOf(kind: TargetKind, row: Row): FallbackRow[] {
  if (row.storyId === null) return [];
  const { viewer, storyId } = row;
  return [
    {
      id: BigInt(row.id),
      viewer,
      otherKeys: otherKeysOf(row),
      formerKeys: formerKeysOf(row),
      at: Number(row.at),
      kind,
      shard: shardOf(storyId),
    },
  ];
}

/** A row whose target was deleted has nothing to be compared with, and no count to be wrong in. */
async function closeOrphans(client: pg.PoolClient, kind: TargetKind, rows: Row[]) {
  const ids = rows.filter((row) => row.storyId === null).map((row) => row.id);
  if (ids.length === 0) return;
  await client.query(`UPDATE ${tables[kind].view} SET ${CLOSED} WHERE id = ANY($1::bigint[])`, [ids]);
}

/** Repeats the work until it finds nothing more; no statement grows with the length of an outage. */
async function inBatches(work: () => Promise<{ touched: number; counted: number }>): Promise<number> {
  let total = 0;
  for (;;) {
    const { touched, counted } = await work();
    total += counted;
    if (touched === 0) return total;
  }
}

/** Closes rows older than Redis remembers, oldest first, and records in the same statement how many of them count. */
async function giveUpSome(pool: pg.Pool, kind: TargetKind, reach: string) {
  const { view, target, id } = tables[kind];
  const { rows } = await pool.query<{ touched: number; counted: number }>(
    `WITH closed AS (
       UPDATE ${view} SET ${CLOSED} WHERE id = ANY(ARRAY(
         SELECT v.id FROM ${view} v
         WHERE ${OPEN("v")} AND v."viewedAt" < now() - ${reach}
         ORDER BY v."viewedAt", v.id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))
       RETURNING "viewedAt", counted AND EXISTS (SELECT FROM ${target} t WHERE t.id = ${view}.${id}) AS doubtful
     ), noted AS (
       INSERT INTO "GivenUpRows" (kind, views, "fromAt", "toAt")
       SELECT '${kind}', count(*), min("viewedAt"), max("viewedAt") FROM closed WHERE doubtful HAVING count(*) > 0
     )
     SELECT count(*)::int AS touched, (count(*) FILTER (WHERE doubtful))::int AS counted FROM closed`,
  );
  return rows[0] ?? { touched: 0, counted: 0 };
}

/**
 * Closes rows of a site that counts without Redis: nothing will ever be compared with them once their window is over. Repeats are
 * deleted, because only reconcile needs them. Otherwise both would stay for ever, and the first round after Redis is switched on
 * would have to go through all of them. @returns how many rows were closed or deleted.
 */
export async function closeRowsWithoutRedis(pool: pg.Pool, window: DedupeWindow): Promise<number> {
  let total = 0;
  for (const { view } of Object.values(tables)) {
    const old = `SELECT v.id FROM ${view} v WHERE ${OPEN("v")}
      AND v."viewedAt" < now() - make_interval(secs => ${window.length / 1000}) ORDER BY v."viewedAt", v.id LIMIT ${BATCH}
      FOR UPDATE SKIP LOCKED`;
    for (;;) {
      const { rows } = await pool.query<{ touched: number }>(
        `WITH old AS (${old}),
         deleted AS (DELETE FROM ${view} WHERE id IN (SELECT id FROM old) AND NOT counted AND "retractedAt" IS NULL RETURNING id),
         closed AS (UPDATE ${view} SET ${CLOSED} WHERE id IN (SELECT id FROM old) AND (counted OR "retractedAt" IS NOT NULL) RETURNING id)
         SELECT (SELECT count(*) FROM deleted)::int + (SELECT count(*) FROM closed)::int AS touched`,
      );
      const touched = rows[0]?.touched ?? 0;
      if (touched === 0) break;
      total += touched;
    }
  }
  return total;
}

/** Applies the decisions; those that Postgres refuses (a locked story, a value out of range) are left for the next round. */
async function applyInParts(
  client: pg.PoolClient,
  kind: TargetKind,
  decisions: Decision[],
): Promise<Reconciled & { errors: Error[] }> {
  const total = { rows: 0, retracted: 0, promoted: 0 };
  const run = async (some: Decision[]) => {
    await client.query("SAVEPOINT part");
    try {
      const done = await applyDecisions(client, kind, some);
      await client.query("RELEASE SAVEPOINT part");
      for (const name of ["rows", "retracted", "promoted"] as const) total[name] += done[name];
      return some.map(() => null);
    } catch (error) {
      await client.query("ROLLBACK TO SAVEPOINT part");
      throw error;
    }
  };
  const results = await inHalves(decisions, run, {
    tries: SPLIT_TRIES,
    until: performance.now() + SPLIT_MS,
  });
  const messages = new Set(results.flatMap((result) => (result === null ? [] : [result.message])));
  return { ...total, errors: [...messages].map((message) => new Error(message)) };
}

async function applyDecisions(
  client: pg.PoolClient,
  kind: TargetKind,
  decisions: Decision[],
): Promise<Reconciled> {
  const { view, id } = tables[kind];
  const idsThat = (counts: boolean) => decisions.filter((row) => row.counts === counts).map((row) => row.id);
  const open = `"reconciledAt" IS NULL`;

  const retracted = await client.query<MovedRow>(
    `UPDATE ${view} SET counted = false, "retractedAt" = now(), ${CLOSED}
     WHERE id = ANY($1::bigint[]) AND counted AND ${open} RETURNING ${id} AS id, "viewedAt", referrer, device`,
    [idsThat(false)],
  );
  await moveSums(client, kind, retracted.rows, -1);

  // A repeat that overlaps a counted row which is not reconciled yet must wait for it; one that overlaps a reconciled
  // counted row is covered by it and stays uncounted. The viewer's windows (StoryWindow, ChapterWindow) follow `counted` by
  // triggers, which refuse a row whose window is taken.
  const overlap = (reconciled: string) =>
    `EXISTS (SELECT FROM ${view} o WHERE o.${id} = v.${id} AND o.viewer = v.viewer AND o.id <> v.id
       AND o.counted AND o."window" && v."window" AND o."reconciledAt" IS ${reconciled})`;
  const promoted = await client.query<MovedRow>(
    `UPDATE ${view} v SET counted = true, ${CLOSED}
     WHERE id = ANY($1::bigint[]) AND NOT counted AND ${open} AND NOT ${overlap("NULL")} AND NOT ${overlap("NOT NULL")}
     RETURNING ${id} AS id, "viewedAt", referrer, device`,
    [idsThat(true)],
  );
  await moveSums(client, kind, promoted.rows, 1);

  const kept = await client.query(
    `UPDATE ${view} v SET ${CLOSED} WHERE ${open} AND (id = ANY($1::bigint[]) AND NOT counted
       OR id = ANY($2::bigint[]) AND (counted OR ${overlap("NOT NULL")}))`,
    [idsThat(false), idsThat(true)],
  );
  const rows = (retracted.rowCount ?? 0) + (promoted.rowCount ?? 0) + (kept.rowCount ?? 0);
  return { rows, retracted: retracted.rowCount ?? 0, promoted: promoted.rowCount ?? 0 };
}

interface MovedRow {
  id: number;
  viewedAt: Date;
  referrer: string | null;
  device: string | null;
}

async function moveSums(client: pg.PoolClient, kind: TargetKind, rows: MovedRow[], by: 1 | -1) {
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.id);
  const times = rows.map((row) => row.viewedAt);
  await client.query(
    `WITH hours AS (
       INSERT INTO "ViewHour" AS h (kind, "targetId", hour, source, views)
       SELECT '${kind}', id, date_trunc('hour', at, 'UTC'), '${FALLBACK_SOURCE}', $3::int * count(*)
       FROM unnest($1::int[], $2::timestamptz[]) AS u(id, at) GROUP BY 2, 3 ORDER BY 2, 3
       ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = h.views + EXCLUDED.views
       RETURNING new."targetId" AS id, new.views - COALESCE(old.views, 0) AS views
     ), rows AS (SELECT id, count(*) FROM unnest($1::int[]) AS u(id) GROUP BY 1)
     INSERT INTO "FallbackCount" AS f (shard, slot, retracted, promoted, moved)
     SELECT ${tables[kind].storyOf} % ${SHARDS}, 0, sum(CASE WHEN $3::int < 0 THEN rows.count ELSE 0 END),
       sum(CASE WHEN $3::int > 0 THEN rows.count ELSE 0 END), sum(moved.views)
     FROM ${tables[kind].target} t JOIN rows USING (id)
     JOIN (SELECT id, sum(views) AS views FROM hours GROUP BY 1) moved USING (id) GROUP BY 1 ORDER BY 1
     ON CONFLICT (shard, slot) DO UPDATE SET retracted = f.retracted + EXCLUDED.retracted,
       promoted = f.promoted + EXCLUDED.promoted, moved = f.moved + EXCLUDED.moved`,
    [ids, times, by],
  );
  await client.query(
    `UPDATE ${tables[kind].target} t SET "readCount" = t."readCount" + c.views
     FROM (SELECT id, $2 * count(*)::int AS views FROM unnest($1::int[]) AS u(id) GROUP BY 1) c WHERE t.id = c.id`,
    [ids, by],
  );
  if (kind === "chapter") return;
  await client.query(
    `INSERT INTO "ViewDetailHour" AS h ("storyId", hour, source, dimension, value, views)
     SELECT id, date_trunc('hour', at, 'UTC'), '${FALLBACK_SOURCE}', d.dimension, d.value, $5 * count(*)
     FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[]) AS u(id, at, referrer, device)
     CROSS JOIN LATERAL (VALUES ('referrer', referrer), ('device', device)) AS d(dimension, value)
     WHERE d.value IS NOT NULL GROUP BY 1, 2, 4, 5 ORDER BY 1, 2, 4, 5
     ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = h.views + EXCLUDED.views`,
    [ids, times, rows.map((row) => row.referrer), rows.map((row) => row.device), by],
  );
}
