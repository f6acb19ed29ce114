import { formatCount, formatNumber } from "../../app/shared/format";
import { EXCLUSION_LABELS } from "../../app/shared/labels";
import { lookUp } from "../../app/shared/look-up";

/** The result of an import. */
export interface ImportReport {
  /** The import's number; null where there was nothing to import. */
  import: number | null;
  dryRun: boolean;
  files: { name: string; format: string; lines: number; knownLines: number }[];
  lines: number;
  /** Lines that were read by an earlier run. */
  knownLines: number;
  /** Lines that do not fit their format, and the first of them. */
  malformed: number;
  malformedLines: { file: string; line: number; why: string }[];
  /** Requests for anything but a page, and lines without a request. */
  otherLines: number;
  /** Page views that no pattern of the map matches, and the pages most of them were of. */
  unmatched: number;
  unmatchedPages: Record<string, number>;
  /** Page views of stories and chapters that this site does not have, and of which. */
  unknownPages: number;
  unknownPageNames: Record<string, number>;
  /** Page views of stories that may not count, or about which too little is known, by reason. */
  leftOut: Record<string, number>;
  /** Page views that may count. */
  visits: number;
  /** Of those and of those left out, what earlier runs did not have. */
  newRows: number;
  /** When the first and the last of them was, UTC; null without any. */
  from: string | null;
  to: string | null;
  /** What the whole import comes to, earlier runs included. */
  storyViews: number;
  chapterViews: number;
  /** By how much this run moved the totals; in a dry run, by how much it would. */
  moved: { storyViews: number; chapterViews: number };
  /** Views of stories by UTC month, and of the most read stories. */
  months: Record<string, number>;
  stories: { slug: string; title: string; views: number }[];
  damagedFiles: number;
  interrupted: boolean;
}

/** A report before the first line. */
export const newReport = (dryRun: boolean): ImportReport => ({
  import: null,
  dryRun,
  files: [],
  lines: 0,
  knownLines: 0,
  malformed: 0,
  malformedLines: [],
  otherLines: 0,
  unmatched: 0,
  unmatchedPages: {},
  unknownPages: 0,
  unknownPageNames: {},
  leftOut: {},
  visits: 0,
  newRows: 0,
  from: null,
  to: null,
  storyViews: 0,
  chapterViews: 0,
  moved: { storyViews: 0, chapterViews: 0 },
  months: {},
  stories: [],
  damagedFiles: 0,
  interrupted: false,
});

/** Names that are counted at most, so that a log of made-up paths takes little memory; later ones are in the sum only. */
const MAX_NAMES = 2000;
const NAMES_SHOWN = 10;

/** Counts names, of which the report shows the most frequent. */
export function countNames() {
  const names = new Map<string, number>();
  return {
    add(name: string) {
      const known = names.get(name);
      if (known !== undefined || names.size < MAX_NAMES) names.set(name, (known ?? 0) + 1);
    },
    top: (): Record<string, number> =>
      Object.fromEntries(
        [...names].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, NAMES_SHOWN),
      ),
  };
}

const LABELS: Record<string, string> = {
  ...EXCLUSION_LABELS,
  "no-time": "No time",
  "no-address": "No address",
  "no-reader": "No reader",
  future: "In the future",
  "counted-here": "Since this site counts itself",
};

/** A report in some lines for a terminal. */
export function summarise(report: ImportReport): string[] {
  const out = Object.entries(report.leftOut).sort(([, a], [, b]) => b - a);
  const named = out.map(([reason, count]) => `${lookUp(LABELS, reason) ?? reason} ${formatNumber(count)}`);
  const outSum = out.reduce((sum, [, count]) => sum + count, 0);
  const times = report.from && report.to ? `, ${report.from} to ${report.to}` : "";
  const views = (storyViews: number, chapterViews: number) =>
    `${formatNumber(storyViews)} of stories, ${formatNumber(chapterViews)} of chapters`;
  const rows: [string, string][] = [
    ["read", `${formatCount(report.lines, "line")} of ${formatCount(report.files.length, "file")}`],
    [
      "known",
      report.knownLines > 0 ? `${formatCount(report.knownLines, "line")} that an earlier run had read` : "",
    ],
    ["cut short", report.damagedFiles > 0 ? formatCount(report.damagedFiles, "file") : ""],
    ["not understood", report.malformed > 0 ? formatCount(report.malformed, "line") : ""],
    ["not page views", formatCount(report.otherLines, "line")],
    ["other pages", `${formatNumber(report.unmatched)}${listed(report.unmatchedPages)}`],
    ["unknown here", `${formatNumber(report.unknownPages)}${listed(report.unknownPageNames)}`],
    ["left out", `${formatNumber(outSum)}${named.length > 0 ? ` (${named.join(", ")})` : ""}`],
    ["page views", `${formatNumber(report.visits)}${times}`],
    [
      report.dryRun ? "would count" : "counted",
      `${views(report.storyViews, report.chapterViews)}${report.import === null ? "" : ` (import ${report.import})`}`,
    ],
    [
      report.dryRun ? "totals would move" : "totals moved",
      `by ${views(report.moved.storyViews, report.moved.chapterViews)}`,
    ],
  ];
  return [
    ...rows.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(18)}${value}`),
    ...report.malformedLines.map(({ file, line, why }) => `  ${file}, line ${line}: ${why}`),
    ...(report.stories.length > 0 ? ["most read"] : []),
    ...report.stories.map(({ slug, views: count }) => `  ${formatNumber(count).padStart(12)}  ${slug}`),
    ...(Object.keys(report.months).length > 0 ? ["by month"] : []),
    ...Object.entries(report.months).map(
      ([month, count]) => `  ${formatNumber(count).padStart(12)}  ${month}`,
    ),
  ];
}

const listed = (names: Record<string, number>) => {
  const entries = Object.entries(names);
  return entries.length > 0
    ? ` (${entries.map(([name, count]) => `${name} ${formatNumber(count)}`).join(", ")})`
    : "";
};
