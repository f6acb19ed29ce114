import type pg from "pg";

/** Rows deleted per table and turn. Housekeeping takes a turn every ten minutes, so a backlog of a year is gone within a day. */
const ROWS_PER_TURN = 5000;

/** The rows of a table that nothing needs any more, oldest first. Ages go by the clock of Postgres. */
interface Retention {
  table: string;
  id: string;
  /** The column that orders the rows by age. */
  at: string;
  /** When a row `r` may go. */
  expired: string;
}

/** True for a row that is not the last one of its hour or day. */
const notLastOf = (unit: "hour" | "day") =>
  `EXISTS (SELECT FROM "LedgerEntry" n WHERE n.at >= r.at AND n.id > r.id
     AND n.at < date_trunc('${unit}', r.at, 'UTC') + interval '1 ${unit}')`;

/** How long each table's rows stay. docs/reliability.md has the same list, and says what other tables are bounded by. */
const RETENTION: readonly Retention[] = [
  {
    // The newest runs always stay, and the last good one: pages and alerts start from it, however long ago it was.
    table: `"SyncRun"`,
    id: "id",
    at: `"startedAt"`,
    expired: `r."startedAt" < now() - interval '90 days'
      AND r.id NOT IN (SELECT id FROM "SyncRun" ORDER BY "startedAt" DESC LIMIT 100)
      AND r.id NOT IN (SELECT id FROM "SyncRun" WHERE error IS NULL AND "endedAt" IS NOT NULL ORDER BY "endedAt" DESC LIMIT 1)`,
  },
  {
    // A process that still runs may have counted in one place all that time: its last change says where.
    table: `"ModeChange"`,
    id: "id",
    at: "at",
    expired: `r.at < now() - interval '90 days' AND (
      NOT EXISTS (SELECT FROM "ProcessState" p WHERE p.process = r.process)
      OR EXISTS (SELECT FROM "ModeChange" n WHERE n.process = r.process AND (n.at, n.id) > (r.at, r.id)))`,
  },
  {
    table: `"LedgerEntry"`,
    id: "id",
    at: "at",
    expired: `r.at < now() - interval '14 days' AND ${notLastOf("hour")}`,
  },
  {
    table: `"LedgerEntry"`,
    id: "id",
    at: "at",
    expired: `r.at < now() - interval '90 days' AND ${notLastOf("day")}`,
  },
  {
    table: `"LedgerEntry"`,
    id: "id",
    at: "at",
    expired: `r.at < now() - interval '730 days' AND r.id <> (SELECT max(id) FROM "LedgerEntry")`,
  },
  {
    // Its attempts go with it. One that is neither delivered nor given up stays.
    table: `"Delivery"`,
    id: "id",
    at: `"createdAt"`,
    expired: `r."createdAt" < now() - interval '90 days' AND (r."deliveredAt" IS NOT NULL OR r."givenUpAt" IS NOT NULL)`,
  },
  {
    table: `"DeliveryAttempt"`,
    id: "id",
    at: "at",
    expired: `r.at < now() - interval '90 days'`,
  },
  // Views of outages: totals and history have them, and nothing compares them any more.
  ...[`"StoryView"`, `"ChapterView"`].map((table) => ({
    table,
    id: "id",
    at: `"reconciledAt"`,
    expired: `r."window" IS NOT NULL AND r."reconciledAt" < now() - interval '90 days'`,
  })),
  {
    // Processes have read it within seconds (app/stores/postgres/story-changes.ts).
    table: `"StoryChange"`,
    id: "id",
    at: `"changedAt"`,
    expired: `r."changedAt" < now() - interval '1 day'`,
  },
  {
    // The history has these views by then.
    table: `"HotStory"`,
    id: "id",
    at: "hour",
    expired: `r.hour < now() - interval '7 days'`,
  },
  {
    table: `"RedisSample"`,
    id: "at",
    at: "at",
    expired: `r.at < now() - interval '90 days'`,
  },
  {
    table: `"LogInFailure"`,
    id: "at",
    at: "at",
    expired: `r.at < now() - interval '30 days'`,
  },
  {
    // A file with lines that are missing stays: it says how many views, and since when.
    table: `"JournalFile"`,
    id: "file",
    at: `"updatedAt"`,
    expired: `r."updatedAt" < now() - interval '90 days' AND r.appended <= r.replayed + r.rejected + r.torn`,
  },
];

/**
 * Deletes rows that are kept no longer, at most a few thousand of each table: each statement is short, whatever has gathered.
 * Rejects when Postgres does not answer; what was deleted until then stays deleted. @returns the rows deleted.
 */
export async function pruneOldRows(
  pool: Pick<pg.Pool, "query">,
  rowsPerTurn: number = ROWS_PER_TURN,
): Promise<number> {
  let deleted = 0;
  for (const { table, id, at, expired } of RETENTION) {
    const { rowCount } = await pool.query(
      `DELETE FROM ${table} WHERE ${id} IN (SELECT r.${id} FROM ${table} r WHERE ${expired} ORDER BY r.${at} LIMIT $1)`,
      [rowsPerTurn],
    );
    deleted += rowCount ?? 0;
  }
  return deleted;
}
