import type pg from "pg";
import type { DedupeWindow } from "~/tracker/window";
import { TABLES } from "./count-statement";

/** Rows per statement. */
const BATCH = 5000;

/** A key that stands for no reader, and is the same for no two rows. An anonymous viewer's key has eight characters, a reader's a dot. */
export const NO_VIEWER = `'-' || replace(gen_random_uuid()::text, '-', '')`;

/**
 * Replaces the keys of signed-in readers (`s29.u8`) in rows of views. Anonymous keys need no such thing: they mean nothing once their
 * day's salt is deleted. A row's key is needed until the row is closed, and until no open row can overlap its window: those are younger
 * than window and grace, by Postgres's clock, or are given up. History from before Redis is never compared. @returns how many rows were changed.
 */
export async function forgetViewers(pool: Pick<pg.Pool, "query">, window: DedupeWindow): Promise<number> {
  const reach = (window.length + window.grace) / 1000;
  let total = 0;
  for (const { view } of Object.values(TABLES)) {
    for (let changed = BATCH; changed === BATCH; ) {
      const { rowCount } = await pool.query(
        `UPDATE ${view} SET viewer = ${NO_VIEWER} WHERE id = ANY(ARRAY(
           SELECT v.id FROM ${view} v
           WHERE v.viewer LIKE '%.u%' AND v."viewedAt" < now() - make_interval(secs => $1)
             AND (v."window" IS NULL OR (v."reconciledAt" IS NOT NULL AND upper(v."window") < now() - make_interval(secs => $1)))
           ORDER BY v."viewedAt" LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
        [reach],
      );
      changed = rowCount ?? 0;
      total += changed;
    }
  }
  return total;
}

/** Rows of one reader, by the partial index on signed-in viewers. */
const OF_READER = `viewer LIKE '%.u%' AND viewer LIKE '%.u' || $1::int`;

/** How many rows of views, and of windows, have a reader's key. */
export async function countReaderRows(client: Pick<pg.Pool, "query">, userId: number): Promise<number> {
  const parts = Object.values(TABLES).flatMap(({ view, windows }) =>
    [view, windows].map((table) => `(SELECT count(*) FROM ${table} WHERE ${OF_READER})`),
  );
  const { rows } = await client.query<{ rows: number }>(`SELECT (${parts.join(" + ")})::int AS rows`, [
    userId,
  ]);
  return rows[0]?.rows ?? 0;
}

/**
 * Replaces one reader's keys at once, for an account that is erased. Rows that reconcile has not compared yet cannot be compared any
 * more: they are closed as they are, and where there is a Redis (`compared`) those that count are recorded as views that may be counted
 * twice, as every row is that reconcile gives up. To be called in a transaction. @returns the rows changed.
 */
export async function forgetReader(
  client: Pick<pg.ClientBase, "query">,
  userId: number,
  { compared }: { compared: boolean },
): Promise<number> {
  let changed = 0;
  for (const [kind, { view, windows }] of Object.entries(TABLES)) {
    await client.query(
      `WITH closed AS (
         UPDATE ${view} SET "reconciledAt" = now(), "otherKeys" = NULL, "viewerBefore" = NULL, "viewerAfter" = NULL
         WHERE ${OF_READER} AND "window" IS NOT NULL AND "reconciledAt" IS NULL RETURNING "viewedAt", counted)
       INSERT INTO "GivenUpRows" (kind, views, "fromAt", "toAt")
       SELECT '${kind}', count(*), min("viewedAt"), max("viewedAt") FROM closed WHERE counted AND $2 HAVING count(*) > 0`,
      [userId, compared],
    );
    for (const table of [view, windows]) {
      const { rowCount } = await client.query(
        `UPDATE ${table} SET viewer = ${NO_VIEWER} WHERE ${OF_READER}`,
        [userId],
      );
      changed += rowCount ?? 0;
    }
  }
  return changed;
}
