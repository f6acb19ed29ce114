import type pg from "pg";

/** The tables that counting writes, views and hours first. */
const COUNTED_TABLES = [
  "StoryWindow",
  "ChapterWindow",
  "StoryView",
  "ChapterView",
  "ViewHour",
  "ViewDetailHour",
  "Story",
  "Chapter",
];

/**
 * Creates the breaker's probe: it rejects unless this process could count now. A server that only reads (a demoted primary) still
 * answers `SELECT 1`, and so does one whose tables a migration keeps locked; a breaker that believed it would flap.
 *
 * It writes this process's own row of ProcessState, which no other process writes: no contention, and no index covers the column,
 * so that the dead version of the row is reused in place. A server that only reads refuses it even while there is no such row. The
 * statements on the counted tables touch no row, but take the same lock on each table as counting does.
 */
export function createDatabaseProbe(pool: pg.Pool, process: string): () => Promise<void> {
  const tables = COUNTED_TABLES.map(
    (table, i) => `t${i} AS (DELETE FROM "${table}" WHERE false RETURNING 1)`,
  );
  const text = `WITH ${tables.join(", ")} UPDATE "ProcessState" SET "seenAt" = now() WHERE process = $1`;
  return async () => {
    await pool.query(text, [process]);
  };
}
