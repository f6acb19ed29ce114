import type { Exclusion } from "~/tracker/outcome";
import { formatCount } from "./format";
import { lookUp } from "./look-up";
import type { Tone } from "./status";

/** The words for states, reasons and paths. Every page and title takes them from here, so each has one name. */

/** The reasons for not counting a visit, in the order of charts and files. */
export const EXCLUSION_LABELS = {
  robot: "Robots",
  automated: "Automated browsers",
  prefetch: "Prefetched",
  "no-user-agent": "No user agent",
  author: "Author and editors",
  unpublished: "Unpublished",
  "opted-out": "Opted out",
  "privacy-signal": "Privacy signal (GPC, DNT)",
  "too-many": "Too many from one address",
} as const satisfies Record<Exclusion, string>;

/** Every reason, in that order. */
export const EXCLUSIONS = Object.keys(EXCLUSION_LABELS) as Exclusion[];

/** The paths that a view can take, and the other states on the timeline, as headings and legends name them. */
export const MODE_LABELS = {
  redis: "Redis",
  database: "Database",
  journal: "Journal",
  paused: "Sync paused",
  drill: "Drill",
} as const;

const MODES_IN_SENTENCES = {
  redis: "Redis",
  database: "the database",
  journal: "the journal",
};

/** A path inside a sentence: "redis" → "Redis", "database" → "the database". An unknown one keeps its own name. */
export const modeName = (mode: string) => lookUp(MODES_IN_SENTENCES, mode) ?? mode;

const LEDGER_PARTS_IN_SENTENCES = {
  fallback: "the views counted in the database",
  journal: "the journal",
  history: "the hourly history",
};

/** A part of the ledger inside a sentence. */
export const ledgerPartName = (part: string) =>
  part.startsWith("redis-")
    ? `shard v${part.slice("redis-".length)} of Redis`
    : (lookUp(LEDGER_PARTS_IN_SENTENCES, part) ?? part);

/** A drift as a sentence: "6 views of shard v2 of Redis are missing." */
export const describeDrift = (part: string, views: number) => {
  const count = formatCount(Math.abs(views), "view");
  const verb = Math.abs(views) === 1 ? "is" : "are";
  if (part === "history") return `Totals and hourly history differ by ${count}.`;
  return views > 0
    ? `In ${ledgerPartName(part)}, ${count} ${verb} missing.`
    : `In ${ledgerPartName(part)}, ${count} more ${verb} found than were accepted.`;
};

/** The states of an alert, and of a rule without an open one. */
export const ALERT_STATE_LABELS = {
  firing: "Firing",
  pending: "Pending",
  recovering: "Recovering",
  explained: "Explained",
  acknowledged: "Acknowledged",
  snoozed: "Snoozed",
  silenced: "Silenced",
  resolved: "Resolved",
  ok: "OK",
  "no-data": "No data",
  disabled: "Disabled",
} as const;

/** How urgent an alert is, as pages and forms name it. */
export const SEVERITY_LABELS = { critical: "Critical", warning: "Warning", notice: "Notice" } as const;

/** The state of the site, for the icon beside a page's headline. */
export const TONE_LABELS: Record<Tone, string> = {
  calm: "Working normally",
  notice: "Degraded, handled automatically",
  alarm: "Needs attention",
};

/**
 * A recorded reason after "because": "no answer within 150 ms" → "Redis did not answer within 150 ms". Names and Redis's own error codes
 * (OOM, READONLY) keep their capitals.
 */
export function sayReason(reason: string): string {
  const words = reason
    .replace(/^no answer within/, "Redis did not answer within")
    .replace(/^no connection to Redis/, "there is no connection to Redis");
  return /^(Redis|Postgres|[A-Z]{2})/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}
