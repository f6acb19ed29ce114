import type { TargetKind } from "~/tracker/view";
import { TABLES } from "../postgres/count-statement";

const utc = (time: string) => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * The SQL of a row's line in the archive: JSON that any program reads. Only closed rows are archived, so the keys of other days, which a
 * row has until then, are not in it. `row` is the alias of a row of the kind's table.
 */
export const lineOf = (
  kind: TargetKind,
  row: string,
) => `json_build_object('kind', '${kind}', 'id', ${row}.id,
  'target', ${row}.${TABLES[kind].id}, 'viewedAt', ${utc(`${row}."viewedAt"`)}, 'counted', ${row}.counted, 'viewer', ${row}.viewer,
  'referrer', ${row}.referrer, 'device', ${row}.device, 'windowFrom', ${utc(`lower(${row}."window")`)},
  'windowTo', ${utc(`upper(${row}."window")`)}, 'reconciledAt', ${utc(`${row}."reconciledAt"`)},
  'retractedAt', ${utc(`${row}."retractedAt"`)})`;

/** Lines of the array $1, as rows `f` with the line's id. */
const LINES = `f AS MATERIALIZED (
  SELECT (line->>'id')::bigint AS id, line FROM (SELECT line::jsonb AS line FROM unnest($1::text[]) AS u(line)) AS l)`;

/**
 * Deletes the rows of the lines $1 that are in the table word for word, and says how many of the lines' rows are there and differ. To be
 * called in a transaction, which is rolled back if any does.
 */
export const deleteLines = (kind: TargetKind) => {
  const { view } = TABLES[kind];
  return `WITH ${LINES}, here AS MATERIALIZED (
    SELECT v.id, ${lineOf(kind, "v")}::jsonb = f.line AS same FROM ${view} v JOIN f ON f.id = v.id FOR UPDATE OF v
  ), gone AS (DELETE FROM ${view} WHERE id IN (SELECT id FROM here WHERE same) RETURNING id)
  SELECT (SELECT min(id) FROM here WHERE NOT same) AS "firstDiffering", (SELECT count(*) FROM gone)::int AS deleted`;
};

/**
 * Inserts the rows of the lines $1 that are not there. Their windows were taken and given up long ago: `decided` keeps the
 * trigger from taking them again.
 */
export const insertLines = (kind: TargetKind) => {
  const { view, id } = TABLES[kind];
  return `INSERT INTO ${view} (id, ${id}, viewer, "otherKeys", "viewedAt", counted, "window", referrer, device, "reconciledAt", "retractedAt", decided)
  SELECT r.id, r.target, r.viewer, NULL, r."viewedAt", r.counted,
    CASE WHEN r."windowFrom" IS NULL THEN NULL ELSE tstzrange(r."windowFrom", r."windowTo") END,
    r.referrer, r.device, r."reconciledAt", r."retractedAt", r."windowFrom" IS NOT NULL
  FROM unnest($1::text[]) AS u(line), LATERAL json_to_record(u.line::json) AS r(id bigint, target int, viewer text,
    "viewedAt" timestamptz, counted bool, referrer text, device text, "windowFrom" timestamptz, "windowTo" timestamptz,
    "reconciledAt" timestamptz, "retractedAt" timestamptz)
  ON CONFLICT (id) DO NOTHING`;
};

/** How many of the lines $1 are in the table word for word, and the first row that has a line's id and differs. */
export const compareLines = (kind: TargetKind) => {
  const { view } = TABLES[kind];
  return `WITH ${LINES}, here AS (
    SELECT v.id, ${lineOf(kind, "v")}::jsonb = f.line AS same FROM ${view} v JOIN f ON f.id = v.id)
  SELECT count(*) FILTER (WHERE same)::int AS same, min(id) FILTER (WHERE NOT same) AS "firstDiffering" FROM here`;
};
