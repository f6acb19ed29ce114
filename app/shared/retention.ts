/** How long the rows of a table stay, which operators may change. */
export interface RetentionRule {
  key: string;
  /** On screen. */
  label: string;
  tables: readonly string[];
  days: number;
  /** The fewest days that pages and alerts can do with. */
  least: number;
}

/**
 * Every table whose rows go by age, with the days that they stay unless operators say otherwise (the setting `retention`). What else bounds
 * a table is a matter of how it works, and is not for choice; docs/reliability.md lists both, and a test compares it with this and the schema.
 */
export const RETENTION_RULES = [
  {
    key: "samples",
    label: "Samples of processes",
    tables: ["Sample", "SampleTotal", "Presence"],
    days: 730,
    least: 60,
  },
  { key: "redisSamples", label: "Samples of Redis", tables: ["RedisSample"], days: 90, least: 7 },
  { key: "syncRuns", label: "Runs of the sync", tables: ["SyncRun"], days: 90, least: 14 },
  {
    key: "modeChanges",
    label: "Changes of where views are counted",
    tables: ["ModeChange"],
    days: 90,
    least: 30,
  },
  { key: "ledgerEntries", label: "Entries of the ledger", tables: ["LedgerEntry"], days: 730, least: 90 },
  {
    key: "outageRows",
    label: "Rows of views of outages, once closed",
    tables: ["StoryView", "ChapterView"],
    days: 90,
    least: 30,
  },
  { key: "deliveries", label: "Notifications", tables: ["Delivery", "DeliveryAttempt"], days: 90, least: 7 },
  { key: "hotStories", label: "Most viewed stories by hour", tables: ["HotStory"], days: 7, least: 7 },
  { key: "logInFailures", label: "Failed log-ins by minute", tables: ["LogInFailure"], days: 30, least: 7 },
  {
    key: "journalFiles",
    label: "Journal files that were replayed",
    tables: ["JournalFile"],
    days: 90,
    least: 16,
  },
] as const satisfies readonly RetentionRule[];

export type RetentionKey = (typeof RETENTION_RULES)[number]["key"];

/** Days by rule. */
export type RetentionDays = Record<RetentionKey, number>;

/** Ten years: what must stay longer belongs elsewhere. */
export const MOST_RETENTION_DAYS = 3650;

/** What holds where operators have chosen nothing. */
export const DEFAULT_RETENTION = Object.fromEntries(
  RETENTION_RULES.map(({ key, days }) => [key, days]),
) as RetentionDays;
