import { formatCount, formatNumber } from "../../app/shared/format";
import { EXCLUSION_LABELS } from "../../app/shared/labels";
import type { Exclusion } from "../../app/tracker/outcome";

/** The result of a replay. */
export interface Report {
  /** Lines read; of one that was given twice, once. */
  lines: number;
  /** Lines that do not fit their log's format. */
  malformed: number;
  pageViews: number;
  noAgent: number;
  bots: number;
  counted: number;
  duplicates: number;
  errors: number;
  /** The number of paths that have a count. */
  paths: number;
  /** The count that the site shows for each path, the most read first. In a dry run, the number of views that would be sent. */
  perPath: Record<string, number>;
  /** Page views left out for other reasons. */
  leftOut: Record<string, number>;
  /** Requests for anything but a page, and lines without a request, such as directives. */
  otherLines: number;
  /** Lines that were in an earlier log of this replay, or before the checkpoint. */
  skippedLines: number;
  /** Logs that could not be read to their end. */
  damagedLogs: number;
  /** The logs, in the order in which they were read, with the formats that they were recognised as. */
  logs: { name: string; format: string }[];
  /** When the first and the last page view were logged, in UTC; null without times. */
  from: string | null;
  to: string | null;
  interrupted: boolean;
}

/** What is known of a path while the replay runs. */
export interface PathTally {
  /** The number of the first page view that the site might have counted. */
  firstReader?: number;
  /** The highest count that the site has reported: the page should show no less. */
  reported: number;
}

/** The state of a replay: its report, and what is known of each path. */
export interface Tally {
  report: Report;
  paths: Map<string, PathTally>;
}

/** A tally before the first line. */
export const newTally = (): Tally => ({
  report: {
    lines: 0,
    malformed: 0,
    pageViews: 0,
    noAgent: 0,
    bots: 0,
    counted: 0,
    duplicates: 0,
    errors: 0,
    paths: 0,
    perPath: {},
    leftOut: {},
    otherLines: 0,
    skippedLines: 0,
    damagedLogs: 0,
    logs: [],
    from: null,
    to: null,
    interrupted: false,
  },
  paths: new Map(),
});

/** Adds one to a reason's number. */
export function leaveOut(report: Report, reason: string) {
  if (reason === "robot") report.bots += 1;
  else if (reason === "no-user-agent") report.noAgent += 1;
  else
    report.leftOut[reason] = (Object.hasOwn(report.leftOut, reason) ? (report.leftOut[reason] ?? 0) : 0) + 1;
}

/** Orders the counts of paths: the most read first, then by their first reader. */
export function sortCounts({ report, paths }: Tally, counts: { path: string; count: number }[]) {
  const place = (path: string) => paths.get(path)?.firstReader ?? Number.POSITIVE_INFINITY;
  counts.sort((a, b) => b.count - a.count || place(a.path) - place(b.path) || (a.path < b.path ? -1 : 1));
  report.perPath = Object.fromEntries(counts.map(({ path, count }) => [path, count]));
  report.paths = counts.length;
}

const reasonLabels: Record<string, string> = { ...EXCLUSION_LABELS, "no-address": "No address in the log" };
const labelOf = (reason: string) => (Object.hasOwn(reasonLabels, reason) && reasonLabels[reason]) || reason;

/** A report in a few lines for a terminal. */
export function summarise(report: Report, dryRun: boolean): string[] {
  const reasons: [string, number][] = [
    ["robot" satisfies Exclusion, report.bots],
    ["no-user-agent" satisfies Exclusion, report.noAgent],
    ...Object.entries(report.leftOut),
  ];
  const named = reasons
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${labelOf(reason)} ${formatNumber(count)}`);
  const out = reasons.reduce((sum, [, count]) => sum + count, 0);
  const formats = [...new Set(report.logs.map(({ format }) => format))].join(", ");
  const times = report.from && report.to ? `, ${report.from} to ${report.to}` : "";
  const rows: [string, string][] = [
    [
      "read",
      `${formatCount(report.lines, "line")} of ${formatCount(report.logs.length, "log")} (${formats})${times}`,
    ],
    ["skipped", report.skippedLines > 0 ? `${formatCount(report.skippedLines, "line")} replayed before` : ""],
    ["cut short", report.damagedLogs > 0 ? formatCount(report.damagedLogs, "log") : ""],
    ["not understood", formatCount(report.malformed, "line")],
    ["not page views", formatCount(report.otherLines, "line")],
    ["page views", formatNumber(report.pageViews)],
    ["  to send", dryRun ? `${formatNumber(report.pageViews - out)} (dry run: nothing was sent)` : ""],
    ["  counted", dryRun ? "" : formatNumber(report.counted)],
    ["  repeats", dryRun ? "" : formatNumber(report.duplicates)],
    ["  failed", dryRun ? "" : formatNumber(report.errors)],
    ["  left out", `${formatNumber(out)}${named.length > 0 ? ` (${named.join(", ")})` : ""}`],
  ];
  return rows.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(16)}${value}`);
}
