import type pg from "pg";
import { TABLES, WINDOWS_KEPT } from "./count-statement";

/** Rows per statement. */
const BATCH = 5000;

/** Deletes the windows that no view can meet any more. Ages go by the clock of Postgres. @returns how many rows were deleted. */
export async function forgetWindows(pool: pg.Pool): Promise<number> {
  let total = 0;
  for (const { windows } of Object.values(TABLES)) {
    for (let deleted = BATCH; deleted === BATCH; ) {
      const { rowCount } = await pool.query(
        `DELETE FROM ${windows} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${windows}
           WHERE upper(windows) < now() - interval '${WINDOWS_KEPT}' LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
      );
      deleted = rowCount ?? 0;
      total += deleted;
    }
  }
  return total;
}
