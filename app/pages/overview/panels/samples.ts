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
import { gaps, type SampleRange, type Series, total } from "~/shared/series";
import { inRange, type OverviewPanel } from "../overview-panel";
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
    const [{ views, unsynced, medianUs }, lateAfterSeconds] = await Promise.all([
      readSamples(db, range, now, compareMs),
      readSyncLateAfter(db, intervalSeconds),
    ]);
    const counted = {
      redis: total(views, "redis"),
      database: total(views, "database"),
      journal: total(views, "journal"),
    };
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
      viewsTitle: viewsTitle(counted, range),
      viewsNote: viewsNote(views),
      latencyTitle: latencyTitle(views, medianUs, range),
      unsyncedTitle: unsyncedTitle(unsynced, range),
      lagTitle: lagTitle(unsynced, range, intervalSeconds, lateAfterSeconds),
      notCountedTitle: notCountedTitle(views, range),
    };
  },
};

function viewsTitle({ redis, database, journal }: Counted, range: SampleRange) {
  const when = inRange(range);
  const all = redis + database;
  if (all + journal === 0) return `No views ${when}`;
  if (all === 0) return `${formatCount(journal, "view")} ${when} went to the journal, and none were counted`;
  const rest = journal ? `; ${formatNumber(journal)} more went to the journal` : "";
  const allIn = (store: string) =>
    all === 1
      ? `The only view ${when} was counted in ${store}${rest}`
      : `All ${formatNumber(all)} views ${when} were counted in ${store}${rest}`;
  if (database === 0) return allIn("Redis");
  if (redis === 0) return allIn("the database");
  return `${formatNumber(database)} of ${formatCount(all, "view")} ${when} were counted in the database (${formatPercent(database / all)})${rest}`;
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

function latencyTitle(series: Series<SampleColumn>, medianUs: number | null, range: SampleRange) {
  if (medianUs === null) return `No latency measured ${inRange(range)}`;
  const worst = Math.max(...series.points.map((point) => point.values?.p99 ?? 0));
  return `Recording a view typically takes ${formatLatency(medianUs)}; in the worst ${formatStep(series.stepSeconds)}, 99% took under ${formatLatency(worst)}`;
}

const highest = (series: Series<UnsyncedColumn>, key: UnsyncedColumn) => {
  const known = series.points.flatMap((point) => point.values?.[key] ?? []);
  return known.length ? Math.max(...known) : null;
};

function unsyncedTitle(series: Series<UnsyncedColumn>, range: SampleRange) {
  const most = highest(series, "unsynced");
  if (most === null) return `No reports of views waiting to sync ${inRange(range)}`;
  if (most === 0) return `No views were waiting to sync ${inRange(range)}`;
  return `Up to ${formatCount(most, "view")} ${most === 1 ? "was" : "were"} waiting to sync ${inRange(range)}`;
}

function lagTitle(
  series: Series<UnsyncedColumn>,
  range: SampleRange,
  intervalSeconds: number,
  lateAfterSeconds: number,
) {
  const oldest = highest(series, "lag");
  if (oldest === null) return `No reports of the oldest view waiting to sync ${inRange(range)}`;
  if (oldest === 0) return `No views were waiting to sync ${inRange(range)}`;
  const late = oldest >= lateAfterSeconds ? `; the sync should run every ${formatStep(intervalSeconds)}` : "";
  return `The oldest view waiting to sync was up to ${formatDuration(oldest)} old ${inRange(range)}${late}`;
}

function notCountedTitle(series: Series<SampleColumn>, range: SampleRange) {
  const when = inRange(range);
  const repeats = total(series, "duplicates");
  const excluded = total(series, "excluded");
  const counted = total(series, "redis") + total(series, "database") + total(series, "journal");
  if (repeats + excluded > 0)
    return `${formatCount(repeats, "repeat view")} and ${formatCount(excluded, "excluded visit")} ${when} were not counted`;
  return counted === 0 ? `No visits ${when}` : `Every view ${when} was a reader's first`;
}
