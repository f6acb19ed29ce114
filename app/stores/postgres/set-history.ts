import type pg from "pg";
import type { TargetKind } from "~/tracker/view";

/** The views of one target, hour and source. */
export interface HourViews {
  id: number;
  source: string;
  /** Its start, Unix ms. */
  hour: number;
  views: number;
}

/** A side counter of one story, hour and source. */
export interface DetailViews extends HourViews {
  dimension: string;
  value: string;
}

/** What a change of the history moved. */
export interface HistoryMove {
  /** Hours whose views changed. */
  hours: number;
  /** By how much the history changed. */
  views: number;
  /** By how much the totals changed: less than the history where totals had the views already. */
  totals: number;
}

/**
 * *set* makes the hours of some sources what they are given as, and those that are not given 0: for counts that are derived from
 * something else, as a whole. *raise* raises hours and never lowers one, as the sync does.
 */
export type Change = { how: "set"; sources: string[] } | { how: "raise" };

const tables: Record<TargetKind, string> = { story: `"Story"`, chapter: `"Chapter"` };

/**
 * In SQL, by how much a total moves with its history. Derived counts move both alike. Raised ones may be of views that the total has had
 * all along, while the history lacked them: these close the gap first.
 */
const totalsMove = (kind: TargetKind, { how }: Change) =>
  how === "set"
    ? `m.delta`
    : `GREATEST(0, m.delta - GREATEST(0, t."readCount"
        - (SELECT COALESCE(sum(views), 0) FROM "ViewHour" h WHERE h.kind = '${kind}' AND h."targetId" = t.id)))`;

/** $1 ids of targets that exist; $2 to $5 ids, sources, hours and views; $6 the sources. A day that was added up must be added up again. */
const hoursStatement = (kind: TargetKind, change: Change) => `
WITH wanted AS (
  SELECT * FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::bigint[]) AS u(id, source, hour, views) WHERE id = ANY($1::int[])
), put AS (
  INSERT INTO "ViewHour" AS h (kind, "targetId", hour, source, views)
  SELECT '${kind}', id, hour, source, views FROM wanted ORDER BY id, hour, source
  ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = EXCLUDED.views
    WHERE h.views ${change.how === "set" ? "<>" : "<"} EXCLUDED.views
  RETURNING new."targetId" AS id, new.hour, new.views - COALESCE(old.views, 0) AS delta
), gone AS (
  UPDATE "ViewHour" h SET views = 0
  WHERE h.kind = '${kind}' AND h."targetId" = ANY($1::int[]) AND h.source = ANY($6::text[]) AND h.views <> 0
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = h."targetId" AND w.hour = h.hour AND w.source = h.source)
  RETURNING h."targetId" AS id, h.hour, -old.views AS delta
), moved AS (
  SELECT * FROM put WHERE delta <> 0 UNION ALL SELECT * FROM gone
), stale AS (
  INSERT INTO "StaleDay" (kind, "targetId", day)
  SELECT DISTINCT '${kind}', id, date_trunc('day', hour, 'UTC') FROM moved WHERE hour < now() - interval '2 days'
), added AS (
  UPDATE ${tables[kind]} t SET "readCount" = t."readCount" + ${totalsMove(kind, change)}
  FROM (SELECT id, sum(delta)::bigint AS delta FROM moved GROUP BY id) m WHERE t.id = m.id
  RETURNING new."readCount" - old."readCount" AS delta
)
SELECT (SELECT count(*) FROM moved)::float8 AS hours,
  (SELECT COALESCE(sum(delta), 0) FROM moved)::float8 AS views,
  (SELECT COALESCE(sum(delta), 0) FROM added)::float8 AS totals`;

/** $1 ids of stories that exist; $2 to $7 ids, sources, hours, dimensions, values and views; $8 the sources, $9 the dimensions. */
const detailsStatement = ({ how }: Change) => `
WITH wanted AS (
  SELECT * FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[])
    AS u(id, source, hour, dimension, value, views) WHERE id = ANY($1::int[])
), put AS (
  INSERT INTO "ViewDetailHour" AS d ("storyId", hour, source, dimension, value, views)
  SELECT id, hour, source, dimension, value, views FROM wanted ORDER BY id, hour, source, dimension, value
  ON CONFLICT ("storyId", hour, source, dimension, value) DO UPDATE SET views = EXCLUDED.views
    WHERE d.views ${how === "set" ? "<>" : "<"} EXCLUDED.views
  RETURNING new."storyId" AS id, new.hour, new.dimension, new.value, new.views - COALESCE(old.views, 0) AS delta
), gone AS (
  UPDATE "ViewDetailHour" d SET views = 0
  WHERE d."storyId" = ANY($1::int[]) AND d.source = ANY($8::text[]) AND d.dimension = ANY($9::text[]) AND d.views <> 0
    AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = d."storyId" AND w.hour = d.hour AND w.source = d.source
      AND w.dimension = d.dimension AND w.value = d.value)
  RETURNING d."storyId" AS id, d.hour, d.dimension, d.value, -old.views AS delta
), moved AS (
  SELECT * FROM put WHERE delta <> 0 UNION ALL SELECT * FROM gone
), excluded AS (
  INSERT INTO "ExclusionHour" AS e (hour, reason, views)
  SELECT hour, value, sum(delta) FROM moved
  WHERE dimension = 'excluded' AND EXISTS (SELECT FROM "RollUp" WHERE name = 'exclusions') GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (hour, reason) DO UPDATE SET views = e.views + EXCLUDED.views
)
INSERT INTO "StaleDay" (kind, "targetId", day)
SELECT DISTINCT 'detail', id, date_trunc('day', hour, 'UTC') FROM moved WHERE hour < now() - interval '2 days'`;

/**
 * Locks the totals of some targets, and says which of them exist: what is read after this agrees with them, as syncs and the fallback
 * change history and total in one transaction. To be called first in a transaction. The days that change are noted once each, and not
 * by the triggers, hour by hour.
 */
export async function lockTargets(
  client: pg.ClientBase,
  kind: TargetKind,
  ids: number[],
): Promise<Set<number>> {
  await client.query("SELECT set_config('tidemark.import', 'on', true)");
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM ${tables[kind]} WHERE id = ANY($1::int[]) ORDER BY id FOR NO KEY UPDATE`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Changes the hourly history of the targets in `ids`, which must be locked, and with it their totals. */
export async function changeHours(
  client: pg.ClientBase,
  kind: TargetKind,
  ids: Set<number>,
  hours: HourViews[],
  change: Change,
): Promise<HistoryMove> {
  const { rows } = await client.query<HistoryMove>(hoursStatement(kind, change), [
    [...ids],
    hours.map(({ id }) => id),
    hours.map(({ source }) => source),
    hours.map(({ hour }) => new Date(hour)),
    hours.map(({ views }) => views),
    change.how === "set" ? change.sources : [],
  ]);
  return rows[0] ?? { hours: 0, views: 0, totals: 0 };
}

/** Changes side counters of the stories in `ids`, which must be locked. `dimensions` are those that `details` say everything of. */
export async function changeDetails(
  client: pg.ClientBase,
  ids: Set<number>,
  details: DetailViews[],
  dimensions: string[],
  change: Change,
): Promise<void> {
  await client.query(detailsStatement(change), [
    [...ids],
    details.map(({ id }) => id),
    details.map(({ source }) => source),
    details.map(({ hour }) => new Date(hour)),
    details.map(({ dimension }) => dimension),
    details.map(({ value }) => value),
    details.map(({ views }) => views),
    change.how === "set" ? change.sources : [],
    dimensions,
  ]);
}
