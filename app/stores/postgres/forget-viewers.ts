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
