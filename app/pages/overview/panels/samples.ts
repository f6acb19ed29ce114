import { readSyncLateAfter } from "~/alerts/sync-late-after";
import { type ComparedSeries, formatOffset } from "~/shared/compare";
import {
  formatCount,
  formatDuration,
  formatLatency,
  formatNumber,
  formatPercent,
  formatStep,
} from "~/shared/format";
import { gaps, type Series, total } from "~/shared/series";
import { inReports, type OverviewPanel } from "../overview-panel";
import { readSamples, type SampleColumn, type UnsyncedColumn } from "../queries/samples";

type Counted = Record<"redis" | "database" | "journal", number>;

interface Samples {
  series: ComparedSeries<SampleColumn>;
  unsynced: ComparedSeries<UnsyncedColumn>;
  counted: Counted;
  /** The period of the thin line, "a week earlier"; null without a comparison. */
  before: string | null;
  comparison: string | null;
  /** No process reported in the range. */
  empty: boolean;
  gapCount: number;
  /** Seconds between scheduled syncs. */
  intervalSeconds: number;
  viewsTitle: string;
  viewsNote: string;
  latencyTitle: string;
  unsyncedTitle: string;
  lagTitle: string;
  notCountedTitle: string;
}

/** The processes' samples over the range: views, their latency, and the views waiting to sync. */
export const samples: OverviewPanel<Samples> = {
  name: "The history of views",
  rereadAfter: ["sample"],
  async read({ db, syncIntervalHours }, { range, compareMs }, now) {
    const intervalSeconds = syncIntervalHours * 3600;
    const [{ views, unsynced, medianUs, p99Us, span }, lateAfterSeconds] = await Promise.all([
      readSamples(db, range, now, compareMs),
      readSyncLateAfter(db, intervalSeconds),
    ]);
    const counted = {
      redis: total(views, "redis"),
      database: total(views, "database"),
      journal: total(views, "journal"),
    };
    const first = views.points.find((point) => point.values)?.at ?? null;
    const when = inReports(range, span, first, now);
    const before = compareMs === null ? null : formatOffset(compareMs);
    return {
      series: views,
      unsynced,
      counted,
      before,
      comparison: before && describeComparison(views, before),
      empty: views.points.every((point) => point.values === null),
      gapCount: gaps(views.points).length,
      intervalSeconds,
      viewsTitle: viewsTitle(counted, when),
      viewsNote: viewsNote(views),
      latencyTitle: latencyTitle(medianUs, p99Us),
      unsyncedTitle: unsyncedTitle(unsynced, when),
      lagTitle: lagTitle(unsynced, when, intervalSeconds, lateAfterSeconds),
      notCountedTitle: notCountedTitle(views, when),
    };
  },
};

function viewsTitle({ redis, database, journal }: Counted, when: string) {
  const all = redis + database + journal;
  if (all === 0) return `Views · none ${when}`;
  const besides = [
    ...(database ? [`${formatNumber(database)} in the database (${formatPercent(database / all)})`] : []),
    ...(journal ? [`${formatNumber(journal)} in the journal`] : []),
  ];
  return `Views · ${formatNumber(all)} ${when}${besides.map((words) => `, ${words}`).join("")}`;
}

function viewsNote(series: Series<SampleColumn>) {
  const failed = total(series, "failed");
  return failed ? `${formatCount(failed, "more view was", "more views were")} refused by every store.` : "";
}

/** Compares only the buckets that are complete and reported in both periods. */
function describeComparison({ points }: Samples["series"], before: string) {
  const sum = (values: Record<SampleColumn, number | null> | null) =>
    values ? (values.redis ?? 0) + (values.database ?? 0) + (values.journal ?? 0) : 0;
  const both = points.filter((point) => point.values && point.before && !point.unfinished);
  if (!both.length) return `No reports from ${before} to compare with.`;
  const now = both.reduce((all, point) => all + sum(point.values), 0);
  const then = both.reduce((all, point) => all + sum(point.before), 0);
  const numbers = `${formatCount(now, "view")}, compared with ${formatNumber(then)} ${before}`;
  const complete = "counting only times that both periods reported in full.";
  if (then === 0) return `${numbers}, ${complete}`;
  const change =
    now === then
      ? "no change"
      : `${formatPercent(Math.abs(now / then - 1))} ${now > then ? "more" : "fewer"}`;
  return `${numbers} (${change}), ${complete}`;
}

function latencyTitle(medianUs: number | null, p99Us: number | null) {
  if (medianUs === null || p99Us === null) return "Latency · no views yet";
  return `Latency · p50 ${formatLatency(medianUs)}, p99 ${formatLatency(p99Us)}`;
}

/** The highest value of a column; null when nothing was reported. */
function highest<K extends string>(series: Series<K>, key: K): number | null {
  const known = series.points.flatMap(({ values }) => values?.[key] ?? []);
  return known.length ? Math.max(...known) : null;
}

function unsyncedTitle(series: Series<UnsyncedColumn>, when: string) {
  const most = highest(series, "unsynced");
  if (most === null) return "Backlog · no reports";
  return most === 0 ? `Backlog · empty ${when}` : `Backlog · up to ${formatNumber(most)} waiting ${when}`;
}

function lagTitle(
  series: Series<UnsyncedColumn>,
  when: string,
  intervalSeconds: number,
  lateAfterSeconds: number,
) {
  const oldest = highest(series, "lag");
  if (oldest === null) return "Oldest waiting view · no reports";
  if (oldest === 0) return `Oldest waiting view · none ${when}`;
  const late = oldest >= lateAfterSeconds ? `; the sync should run every ${formatStep(intervalSeconds)}` : "";
  return `Oldest waiting view · up to ${formatDuration(oldest)} old ${when}${late}`;
}

function notCountedTitle(series: Series<SampleColumn>, when: string) {
  const repeats = total(series, "duplicates");
  const excluded = total(series, "excluded");
  if (repeats + excluded === 0) return `Not counted · none ${when}`;
  return `Not counted · ${formatCount(repeats, "repeat")}, ${formatCount(excluded, "other")} ${when}`;
}
