import type pg from "pg";
import type { Decision, FallbackRow, Reconciled } from "~/tracker/fallback-row";
import type { FallbackRows } from "~/tracker/ports";
import { SHARDS, shardOf } from "~/tracker/shard";
import { FALLBACK_SOURCE } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import type { DedupeWindow } from "~/tracker/window";
import { inTransaction } from "./transaction";

/** Rows per call of `next`. */
const BATCH = 500;

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

interface Row {
  id: string;
  viewer: string;
  viewerBefore: string | null;
  viewerAfter: string | null;
  at: string;
  storyId: number;
}

/**
 * Gives reconcile access to the fallback's rows. Rows whose target was deleted, and rows older than window and grace together
 * (Redis no longer remembers that time), have nothing to be compared with: they are marked as reconciled, unchanged.
 */
export function createFallbackRows(pool: pg.Pool, window: DedupeWindow): FallbackRows {
  const reach = `make_interval(secs => ${(window.length + window.grace) / 1000})`;

  async function markIncomparable(kind: TargetKind) {
    const { view, target, id } = tables[kind];
    await pool.query(
      `UPDATE ${view} v SET "reconciledAt" = now(), "viewerBefore" = NULL, "viewerAfter" = NULL
       WHERE v."window" IS NOT NULL AND v."reconciledAt" IS NULL
         AND (v."viewedAt" < now() - ${reach} OR NOT EXISTS (SELECT FROM ${target} t WHERE t.id = v.${id}))`,
    );
  }

  return {
    async next(kind, after) {
      const { view, target, id, storyId } = tables[kind];
      if (!after) await markIncomparable(kind);
      const { rows } = await pool.query<Row>(
        `SELECT v.id, v.viewer, v."viewerBefore", v."viewerAfter", ${storyId} AS "storyId",
           (extract(epoch FROM v."viewedAt") * 1000)::bigint AS at
         FROM ${view} v JOIN ${target} t ON t.id = v.${id}
         WHERE v."window" IS NOT NULL AND v."reconciledAt" IS NULL
           AND (v."viewedAt", v.id) > (to_timestamp($1::float8 / 1000.0), $2::bigint)
         ORDER BY v."viewedAt", v.id LIMIT ${BATCH}`,
        [after?.at ?? 0, after?.id ?? 0n],
      );
      return rows.map(
        (row): FallbackRow => ({
          ...row,
          id: BigInt(row.id),
          at: Number(row.at),
          kind,
          shard: shardOf(row.storyId),
        }),
      );
    },
    applyReconciliation: (kind, decisions) =>
      inTransaction(pool, (client) => applyDecisions(client, kind, decisions)),
  };
}

async function applyDecisions(
  client: pg.PoolClient,
  kind: TargetKind,
  decisions: Decision[],
): Promise<Reconciled> {
  const { view, id } = tables[kind];
  const idsThat = (counts: boolean) => decisions.filter((row) => row.counts === counts).map((row) => row.id);
  const done = `"reconciledAt" = now(), "viewerBefore" = NULL, "viewerAfter" = NULL`;
  const open = `"reconciledAt" IS NULL`;

  const retracted = await client.query<MovedRow>(
    `UPDATE ${view} SET counted = false, "retractedAt" = now(), ${done}
     WHERE id = ANY($1::bigint[]) AND counted AND ${open} RETURNING ${id} AS id, "viewedAt", referrer, device`,
    [idsThat(false)],
  );
  await moveSums(client, kind, retracted.rows, -1);

  // A repeat that overlaps a counted row which is not reconciled yet must wait for it; one that overlaps a reconciled
  // counted row is covered by it and stays uncounted.
  const overlap = (reconciled: string) =>
    `EXISTS (SELECT FROM ${view} o WHERE o.${id} = v.${id} AND o.viewer = v.viewer AND o.id <> v.id
       AND o.counted AND o."window" && v."window" AND o."reconciledAt" IS ${reconciled})`;
  const promoted = await client.query<MovedRow>(
    `UPDATE ${view} v SET counted = true, ${done}
     WHERE id = ANY($1::bigint[]) AND NOT counted AND ${open} AND NOT ${overlap("NULL")} AND NOT ${overlap("NOT NULL")}
     RETURNING ${id} AS id, "viewedAt", referrer, device`,
    [idsThat(true)],
  );
  await moveSums(client, kind, promoted.rows, 1);

  const kept = await client.query(
    `UPDATE ${view} v SET ${done} WHERE ${open} AND (id = ANY($1::bigint[]) AND NOT counted
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
