import type pg from "pg";
import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { inTransaction } from "~/stores/postgres/transaction";
import { DAY_MS } from "~/tracker/window";
import { recordUntil, takeTurn } from "./until";

/**
 * A day is added up this long after it ended. The triggers that note stale days look away from hours younger than two days, so a
 * transaction that they looked away from would have to last a day to be missed; its deadline is a minute.
 */
const COMPLETE_AFTER_MS = 3 * DAY_MS;
/** The first round of an old site has years to add up: a transaction takes this much, ms. */
const STEP_MS = 15 * DAY_MS;
/** Late rows per transaction. */
const STALE_ROWS = 5000;

/**
 * Adds up the views of every day that is complete, per target and per detail of a story, and again those of stale days. One process at
 * a time does it; others return. A run that is cut short continues next time.
 */
export async function rollUpViews(pool: pg.Pool): Promise<void> {
  while (await inTransaction(pool, rollUpSome));
  while (await inTransaction(pool, renewSome));
}

/** @returns whether there is more. */
async function rollUpSome(client: pg.PoolClient): Promise<boolean> {
  const turn = await takeTurn(client, ADVISORY_LOCKS.rollUp, "views");
  if (!turn) return false;
  const from = turn.until?.getTime() ?? (await firstDay(client));
  const end = Math.floor((turn.now.getTime() - COMPLETE_AFTER_MS) / DAY_MS) * DAY_MS;
  if (from === null || from >= end) return false;
  const to = Math.min(from + STEP_MS, end);
  const range = [new Date(from), new Date(to)];
  await client.query(
    addDays(
      VIEWS,
      `SELECT kind, "targetId", ${DAY} AS day, views FROM "ViewHour" WHERE hour >= $1 AND hour < $2`,
    ),
    range,
  );
  // Details have no index by hour over all stories, which every sync would pay for; they are found story by story.
  await client.query(
    addDays(
      DETAILS,
      `SELECT d."storyId", d.dimension, d.value, ${DAY} AS day, d.views FROM "Story" s,
       LATERAL (SELECT * FROM "ViewDetailHour" d WHERE d."storyId" = s.id AND d.hour >= $1 AND d.hour < $2 OFFSET 0) d`,
    ),
    range,
  );
  await recordUntil(client, "views", new Date(to));
  return to < end;
}

async function firstDay(client: pg.ClientBase): Promise<number | null> {
  const { rows } = await client.query<{ at: Date | null }>(
    `SELECT date_trunc('day', min(hour), 'UTC') AS at FROM "ViewHour"`,
  );
  return rows[0]?.at?.getTime() ?? null;
}

/**
 * Adds up some stale days again. A note is committed with the row that it stands for, so a later statement that finds the note finds
 * the row, too. @returns whether there are more.
 */
async function renewSome(client: pg.PoolClient): Promise<boolean> {
  const turn = await takeTurn(client, ADVISORY_LOCKS.rollUp, "views");
  if (!turn?.until) return false;
  const { rows } = await client.query<{ ids: string[] | null }>(
    `SELECT array_agg(id) AS ids FROM (SELECT id FROM "StaleDay" WHERE day < $1 ORDER BY id LIMIT ${STALE_ROWS}) s`,
    [turn.until],
  );
  const ids = rows[0]?.ids;
  if (!ids) return false;
  const stale = (kinds: string) =>
    `(SELECT DISTINCT kind, "targetId", day FROM "StaleDay" WHERE id = ANY($1::bigint[]) AND kind ${kinds}) s`;
  await client.query(
    addDays(
      VIEWS,
      `SELECT s.kind, s."targetId", s.day, h.views FROM ${stale("<> 'detail'")}
       JOIN "ViewHour" h ON h.kind = s.kind AND h."targetId" = s."targetId" AND h.hour >= s.day AND h.hour < s.day + interval '24 hours'`,
    ),
    [ids],
  );
  await client.query(
    addDays(
      DETAILS,
      `SELECT d."storyId", d.dimension, d.value, s.day, d.views FROM ${stale("= 'detail'")}
       JOIN "ViewDetailHour" d ON d."storyId" = s."targetId" AND d.hour >= s.day AND d.hour < s.day + interval '24 hours'`,
    ),
    [ids],
  );
  // Only the notes of before: what was noted meanwhile stays for the next time.
  await client.query(`DELETE FROM "StaleDay" WHERE id = ANY($1::bigint[])`, [ids]);
  return ids.length === STALE_ROWS;
}

const DAY = "date_trunc('day', hour, 'UTC')";
const VIEWS = { table: `"ViewMonth"`, keys: ["kind", `"targetId"`] };
const DETAILS = { table: `"ViewDetailMonth"`, keys: [`"storyId"`, "dimension", "value"] };

/** Puts the sums of some days in their places, and leaves the other days of a month as they are. */
const addDays = ({ table, keys }: typeof VIEWS, source: string) => `
INSERT INTO ${table} AS m (${keys.join(", ")}, month, days)
SELECT ${keys.join(", ")}, date_trunc('month', day, 'UTC'),
  ARRAY[${Array.from({ length: 31 }, (_, place) => `sum(views) FILTER (WHERE extract(day FROM day AT TIME ZONE 'UTC') = ${place + 1})`).join(", ")}]
FROM (SELECT ${keys.join(", ")}, day, sum(views)::bigint AS views FROM (${source}) hours GROUP BY ${keys.join(", ")}, day) days
GROUP BY ${keys.join(", ")}, ${keys.length + 1}
ON CONFLICT (${keys.join(", ")}, month) DO UPDATE SET days = (
  SELECT array_agg(COALESCE(fresh, kept) ORDER BY place) FROM unnest(EXCLUDED.days, m.days) WITH ORDINALITY AS d(fresh, kept, place))`;
