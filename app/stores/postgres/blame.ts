import pg from "pg";
import type { Blame } from "~/tracker/offer-views";

/** Classes of SQLSTATE that object to the data: data exceptions and violated constraints. */
const ABOUT_DATA = ["22", "23"];
/** Connection, transaction state, rollback, resources, locks, shutdown and time limits, system: true of any views now. */
const ABOUT_STATE = ["08", "25", "40", "53", "55", "57", "58"];

/** Tells from an error of Postgres whether the views or the server are at fault. Errors without an SQLSTATE are no answer. */
export function blameInPostgres(error: unknown): Blame {
  if (!(error instanceof pg.DatabaseError) || !error.code) return "away";
  const kind = error.code.slice(0, 2);
  if (ABOUT_DATA.includes(kind)) return "views";
  return ABOUT_STATE.includes(kind) ? "away" : "unclear";
}
