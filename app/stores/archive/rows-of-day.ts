import type pg from "pg";
import { FALLBACK_SOURCE, HISTORY_SOURCE } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { TABLES } from "../postgres/count-statement";
import type { ArchivedRow } from "./month-file";
import { ArchiveRefusal } from "./place";
import { lineOf } from "./row-line";

const KINDS = ["story", "chapter"] as const;
/** Rows fetched at a time. */
const BATCH = 2000;

/** `complete`: no file of the month exists yet, so that its rows must be all that its history has. */
export interface DayToRead {
  /** The start of a UTC day. */
  day: Date;
  complete: boolean;
}

/**
 * The rows of a UTC day, from one snapshot, and not before they are known to be safe to let go: all are closed, none holds a reader's
 * key, and hour by hour the history has their counted views. The transaction reads only, and is as short as a day.
 * @throws ArchiveRefusal saying which of this is not so.
 */
export async function* rowsOfDay(client: pg.ClientBase, day: DayToRead): AsyncGenerator<ArchivedRow[]> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  let left = true;
  try {
    let expected = 0;
    for (const kind of KINDS) expected += await checkDay(client, kind, day);
    let read = 0;
    for (const kind of KINDS) {
      for await (const rows of linesOfDay(client, kind, day.day)) {
        read += rows.length;
        yield rows;
      }
    }
    if (read !== expected)
      throw new Error(`read ${read} of the ${expected} rows of ${dayOf(day.day)}: nothing was changed`);
    await client.query("COMMIT");
    left = false;
  } finally {
    // A reader that stops half-way leaves no transaction open.
    if (left) await client.query("ROLLBACK").catch(() => undefined);
  }
}

async function* linesOfDay(client: pg.ClientBase, kind: TargetKind, day: Date) {
  const { view } = TABLES[kind];
  const cursor = `archive_${kind}`;
  // No parameters in DECLARE; a time of our own has no quotes.
  await client.query(
    `DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT v.id, v.counted, ${lineOf(kind, "v")}::text AS text FROM ${view} v
     WHERE ${ofDay("v", `'${day.toISOString()}'`)} ORDER BY v."viewedAt", v.id`,
  );
  for (;;) {
    const { rows } = await client.query<Omit<ArchivedRow, "kind">>(`FETCH ${BATCH} FROM ${cursor}`);
    if (rows.length === 0) break;
    yield rows.map((row) => ({ kind, ...row }));
  }
  await client.query(`CLOSE ${cursor}`);
}

const ofDay = (row: string, day: string) =>
  `${row}."viewedAt" >= ${day}::timestamptz AND ${row}."viewedAt" < ${day}::timestamptz + interval '24 hours'`;

interface Checked {
  rows: number;
  open: number;
  named: number;
  /** Hours of targets whose history does not agree, and the first of them. */
  differing: number;
  target: number | null;
  hour: Date | null;
  views: number | null;
  history: number | null;
}

/**
 * Compares a day's rows with their hours. Rows from before Redis never change, so an hour that has any has exactly as many views; rows of
 * outages are pruned when they are old, so their hours have at least as many. Hours without rows have nothing to lose.
 * @returns how many rows there are.
 */
async function checkDay(client: pg.ClientBase, kind: TargetKind, { day, complete }: DayToRead) {
  const { view, id } = TABLES[kind];
  const { rows } = await client.query<Checked>(
    `WITH row_hours AS (
       SELECT v.${id} AS target, date_trunc('hour', v."viewedAt", 'UTC') AS hour, count(*) AS rows,
         count(*) FILTER (WHERE v."window" IS NOT NULL AND v."reconciledAt" IS NULL) AS open,
         count(*) FILTER (WHERE v.viewer LIKE '%.u%') AS named,
         count(*) FILTER (WHERE v.counted AND v."window" IS NULL) AS earlier,
         count(*) FILTER (WHERE v.counted AND v."window" IS NOT NULL) AS fallback
       FROM ${view} v WHERE ${ofDay("v", "$1")} GROUP BY 1, 2
     ), history AS (
       SELECT "targetId" AS target, hour,
         COALESCE(sum(views) FILTER (WHERE source = '${HISTORY_SOURCE}'), 0) AS earlier,
         COALESCE(sum(views) FILTER (WHERE source = '${FALLBACK_SOURCE}'), 0) AS fallback
       FROM "ViewHour" WHERE kind = '${kind}' AND hour >= $1 AND hour < $1::timestamptz + interval '24 hours'
         AND source IN ('${HISTORY_SOURCE}', '${FALLBACK_SOURCE}') GROUP BY 1, 2
     ), compared AS (
       SELECT target, hour, r.rows, r.open, r.named, r.earlier + r.fallback AS views,
         COALESCE(h.earlier, 0) + COALESCE(h.fallback, 0) AS history,
         r.earlier > COALESCE(h.earlier, 0) OR r.fallback > COALESCE(h.fallback, 0)
           OR $2::bool AND r.earlier <> COALESCE(h.earlier, 0) AND r.earlier > 0 AS differs
       FROM row_hours r LEFT JOIN history h USING (target, hour)
     ), first AS (SELECT target, hour, views, history FROM compared WHERE differs ORDER BY hour, target LIMIT 1)
     SELECT COALESCE(sum(rows), 0)::float8 AS rows, COALESCE(sum(open), 0)::float8 AS open, COALESCE(sum(named), 0)::float8 AS named,
       count(*) FILTER (WHERE differs)::float8 AS differing, (SELECT target FROM first) AS target, (SELECT hour FROM first) AS hour,
       (SELECT views FROM first)::float8 AS views, (SELECT history FROM first)::float8 AS history
     FROM compared`,
    [day, complete],
  );
  const [found] = rows;
  if (!found) throw new Error("Postgres compared nothing");
  const why = objection(kind, found);
  if (why) throw new ArchiveRefusal(`${dayOf(day)}: ${why}`);
  return found.rows;
}

function objection(kind: TargetKind, found: Checked): string | null {
  if (found.open > 0) return `${found.open} rows of outages wait for reconcile. See “Reconcile is late”.`;
  if (found.named > 0)
    return `${found.named} rows still hold the key of a signed-in reader. Housekeeping replaces it within minutes.`;
  if (found.differing > 0)
    return `the history of ${kind} ${found.target} at ${found.hour?.toISOString().slice(11, 16)} UTC has ${found.history} views, and its rows ${found.views}; ${found.differing} hours differ in all. If it has fewer, run npm run backfill.`;
  return null;
}

const dayOf = (day: Date) => day.toISOString().slice(0, 10);
