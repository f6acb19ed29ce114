import type pg from "pg";
import { DEFAULT_RETENTION, type RetentionDays, type RetentionKey } from "../app/shared/retention";

/** Rows deleted per table and turn. Housekeeping takes a turn every ten minutes, so a backlog of a year is gone within a day. */
const ROWS_PER_TURN = 5000;

/** The rows of a table that nothing needs any more, oldest first. Ages go by the clock of Postgres. */
interface Retention {
  table: string;
  id: string;
  /** The column that orders the rows by age. */
  at: string;
  /** When a row `r` may go. `$2` is the days that the rule's rows stay. */
  expired: string;
  /** Whose days those are; without one, they are not for operators to change. */
  rule?: RetentionKey;
}

/** Before this, rows are older than their rule lets them stay. */
const KEPT_SINCE = "now() - make_interval(days => $2::int)";

/** True for a row that is not the last one of its hour or day. */
const notLastOf = (unit: "hour" | "day") =>
  `EXISTS (SELECT FROM "LedgerEntry" n WHERE n.at >= r.at AND n.id > r.id
     AND n.at < date_trunc('${unit}', r.at, 'UTC') + interval '1 ${unit}')`;

/** Which rows go, by the days of their rule (app/shared/retention.ts). docs/reliability.md says what other tables are bounded by. */
const RETENTION: readonly Retention[] = [
  {
    // The newest runs always stay, and the last good one: pages and alerts start from it, however long ago it was.
    table: `"SyncRun"`,
    id: "id",
    at: `"startedAt"`,
    rule: "syncRuns",
    expired: `r."startedAt" < ${KEPT_SINCE}
      AND r.id NOT IN (SELECT id FROM "SyncRun" ORDER BY "startedAt" DESC LIMIT 100)
      AND r.id NOT IN (SELECT id FROM "SyncRun" WHERE error IS NULL AND "endedAt" IS NOT NULL ORDER BY "endedAt" DESC LIMIT 1)`,
  },
  {
    // A process that still runs may have counted in one place all that time: its last change says where.
    table: `"ModeChange"`,
    id: "id",
    at: "at",
    rule: "modeChanges",
    expired: `r.at < ${KEPT_SINCE} AND (
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
    rule: "ledgerEntries",
    expired: `r.at < ${KEPT_SINCE} AND r.id <> (SELECT max(id) FROM "LedgerEntry")`,
  },
  {
    // Its attempts go with it. One that is neither delivered nor given up stays.
    table: `"Delivery"`,
    id: "id",
    at: `"createdAt"`,
    rule: "deliveries",
    expired: `r."createdAt" < ${KEPT_SINCE} AND (r."deliveredAt" IS NOT NULL OR r."givenUpAt" IS NOT NULL)`,
  },
  {
    table: `"DeliveryAttempt"`,
    id: "id",
    at: "at",
    rule: "deliveries",
    expired: `r.at < ${KEPT_SINCE}`,
  },
  // Views of outages: totals and history have them, and nothing compares them any more.
  ...[`"StoryView"`, `"ChapterView"`].map((table) => ({
    table,
    id: "id",
    at: `"reconciledAt"`,
    rule: "outageRows" as const,
    // Those of a month that is in the archive's hands, or that operators brought back from it, are not pruned meanwhile.
    expired: `r."window" IS NOT NULL AND r."reconciledAt" < ${KEPT_SINCE} AND NOT EXISTS (SELECT FROM "ArchiveFile" f
      WHERE f.state <> 'archived' AND f.month = date_trunc('month', r."viewedAt", 'UTC'))`,
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
    rule: "hotStories",
    expired: `r.hour < ${KEPT_SINCE}`,
  },
  {
    table: `"RedisSample"`,
    id: "at",
    at: "at",
    rule: "redisSamples",
    expired: `r.at < ${KEPT_SINCE}`,
  },
  {
    // Editors see for a while that a link has expired.
    table: `"ShareLink"`,
    id: "id",
    at: `"expiresAt"`,
    expired: `r."expiresAt" < now() - interval '30 days'`,
  },
  {
    table: `"LogInFailure"`,
    id: "at",
    at: "at",
    rule: "logInFailures",
    expired: `r.at < ${KEPT_SINCE}`,
  },
  {
    // A file with lines that are missing stays: it says how many views, and since when.
    table: `"JournalFile"`,
    id: "file",
    at: `"updatedAt"`,
    rule: "journalFiles",
    expired: `r."updatedAt" < ${KEPT_SINCE} AND r.appended <= r.replayed + r.rejected + r.torn`,
  },
];

/**
 * Deletes rows that are kept no longer, at most a few thousand of each table: each statement is short, whatever has gathered.
 * Rejects when Postgres does not answer; what was deleted until then stays deleted. @returns the rows deleted.
 */
export async function pruneOldRows(
  pool: Pick<pg.Pool, "query">,
  days: RetentionDays = DEFAULT_RETENTION,
  rowsPerTurn: number = ROWS_PER_TURN,
): Promise<number> {
  let deleted = 0;
  for (const { table, id, at, expired, rule } of RETENTION) {
    const { rowCount } = await pool.query(
      `DELETE FROM ${table} WHERE ${id} IN (SELECT r.${id} FROM ${table} r WHERE ${expired} ORDER BY r.${at} LIMIT $1)`,
      rule ? [rowsPerTurn, days[rule]] : [rowsPerTurn],
    );
    deleted += rowCount ?? 0;
  }
  return deleted;
}
