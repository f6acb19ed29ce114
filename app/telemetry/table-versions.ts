import type pg from "pg";
import type { TableVersions } from "./change-feed";

/** Runs that may still change: a sync run is written when it starts and again when it ends. */
const RUNS_UNDER_WAY = 5;

const VERSIONS = {
  name: "table-versions",
  text: `SELECT (SELECT max("id")::text FROM "Sample") AS sample,
           (SELECT max("id")::text FROM "ModeChange") AS mode,
           (SELECT string_agg("id" || ' ' || coalesce("endedAt"::text, ''), ',')
            FROM (SELECT "id", "endedAt" FROM "SyncRun" ORDER BY "id" DESC LIMIT ${RUNS_UNDER_WAY}) AS runs) AS sync,
           (SELECT string_agg(concat_ws(' ', "id", "phase", "acknowledgedAt", "snoozedUntil", "recoveringSince", "explanation"), ',' ORDER BY "id")
            FROM "Alert" WHERE "resolvedAt" IS NULL) AS alert,
           (SELECT max("id")::text FROM "Delivery") AS inbox`,
};

/**
 * Reads all versions with one cheap query, answered from the ends of indexes however large the tables are. Past Prisma, as
 * everything that is polled.
 */
export async function readTableVersions(pool: Pick<pg.Pool, "query">): Promise<TableVersions> {
  const { rows } = await pool.query<TableVersions>(VERSIONS);
  return rows[0] ?? {};
}
