import type { ComparedSeries } from "~/shared/compare";
import {
  formatCount,
  formatDuration,
  formatElapsed,
  formatMilliseconds,
  formatNumber,
  formatPercent,
  formatStep,
} from "~/shared/format";
import { EXCLUSION_LABELS, EXCLUSIONS } from "~/shared/labels";
import { type SampleRange, type Series, total } from "~/shared/series";
import type { Exclusion } from "~/tracker/outcome";
import type { BacklogColumn, SampleColumn } from "./queries/samples";
import type { SyncSeries } from "./queries/sync-series";

/** What the charts of the overview say in their titles and notes. Pure. */

type Counted = Record<"redis" | "database" | "journal", number>;
type Sampled = ComparedSeries<SampleColumn>;

const inRange = (range: SampleRange) => (range.between ? `from ${range.words}` : `in ${range.words}`);

export function viewsTitle(counted: Counted, range: SampleRange) {
  const all = counted.redis + counted.database;
  const when = inRange(range);
  if (all === 0 && counted.journal === 0) return `No view was counted ${when}`;
  const journal = counted.journal ? `, ${formatNumber(counted.journal)} more went to the journal` : "";
  const one = all === 1;
  const allIn = (place: string) =>
    `${one ? "The only view" : `All ${formatNumber(all)} views`} ${when} ${one ? "was" : "were"} counted in ${place}${journal}`;
  if (counted.database === 0) return allIn("Redis");
  if (counted.redis === 0) return allIn("the database");
  return `${formatNumber(counted.database)} of ${formatCount(all, "view")} ${when} were counted in the database (${formatPercent(counted.database / all)})${journal}`;
}

/** "1,204 before, so 12 % more": the same buckets of both periods, as far as both were reported. */
export function comparedWords(series: Sampled, before: string): string {
  const sum = (values: Record<SampleColumn, number | null> | null) =>
    values ? (values.redis ?? 0) + (values.database ?? 0) + (values.journal ?? 0) : 0;
  const both = series.points.filter((point) => point.values && point.before && !point.unfinished);
  if (!both.length) return `Nothing was reported ${before}.`;
  const now = both.reduce((all, point) => all + sum(point.values), 0);
  const then = both.reduce((all, point) => all + sum(point.before), 0);
  const change =
    then === 0
      ? ""
      : now === then
        ? ", so as many"
        : `, so ${formatPercent(Math.abs(now / then - 1))} ${now > then ? "more" : "fewer"}`;
  return `In the same finished times: ${formatNumber(now)}, and ${formatNumber(then)} ${before}${change}.`;
}

export function viewsNote(series: Series<SampleColumn>) {
  const failed = total(series, "failed");
  return failed ? `${formatCount(failed, "view")} more, which no store would take.` : "None was refused.";
}

export function latencyTitle(series: Series<SampleColumn>, range: SampleRange) {
  const measured = series.points.flatMap((point) =>
    point.values?.p50 != null && point.values.p99 != null
      ? [{ p50: point.values.p50, p99: point.values.p99 }]
      : [],
  );
  if (!measured.length) return `No view was timed ${inRange(range)}`;
  const middle =
    measured.map((point) => point.p50).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? 0;
  const slowest = Math.max(...measured.map((point) => point.p99));
  return `Recording a view typically takes ${formatMilliseconds(middle)}; in the worst ${formatStep(series.stepSeconds)}, 99% took under ${formatMilliseconds(slowest)}`;
}

const highest = (series: Series<BacklogColumn>, key: BacklogColumn) => {
  const known = series.points.flatMap((point) => point.values?.[key] ?? []);
  return known.length ? Math.max(...known) : null;
};

export function bufferTitle(series: Series<BacklogColumn>, range: SampleRange) {
  const most = highest(series, "buffered");
  if (most === null) return `What waits in Redis was not reported ${inRange(range)}`;
  if (most === 0) return `No view had to wait in Redis ${inRange(range)}`;
  return `At most ${formatCount(most, "view")} waited in Redis for the sync ${inRange(range)}`;
}

export function lagTitle(series: Series<BacklogColumn>, range: SampleRange, intervalSeconds: number) {
  const most = highest(series, "lag");
  if (most === null) return `How old waiting views were is not known ${inRange(range)}`;
  if (most === 0) return `No view waited for the sync ${inRange(range)}`;
  const late = most > intervalSeconds * 1.5;
  return `The oldest waiting view was at most ${formatDuration(most)} old ${inRange(range)}${late ? `, and the sync is to run every ${formatDuration(intervalSeconds)}` : ""}`;
}

export function durationTitle({ series, runs }: SyncSeries, range: SampleRange) {
  if (runs === 0) return `No sync ran ${inRange(range)}`;
  const slowest = Math.max(0, ...series.points.flatMap((point) => point.values?.duration ?? []));
  const failed = total(series, "failed");
  return `${formatCount(runs, "sync", "syncs")} moved ${formatCount(total(series, "moved"), "view")} ${inRange(range)}; ${failed ? `${formatNumber(failed)} failed` : "none failed"}${slowest ? `, and the slowest took ${formatElapsed(slowest)}` : ""}`;
}

export function leftOutTitle(series: Series<SampleColumn>, range: SampleRange) {
  const duplicates = total(series, "duplicates");
  const excluded = total(series, "excluded");
  if (duplicates + excluded === 0) return `Every view that came ${inRange(range)} was a reader's first`;
  return `${formatCount(duplicates, "repeat")} within the window ${duplicates === 1 ? "was" : "were"} recognised ${inRange(range)}, and ${formatCount(excluded, "visit")} ${excluded === 1 ? "was" : "were"} not to be counted`;
}

export function reasonsTitle(series: Series<Exclusion>, range: SampleRange) {
  const sums = EXCLUSIONS.map((reason) => ({
    reason,
    sum: total(series, reason),
  }));
  const all = sums.reduce((found, { sum }) => found + sum, 0);
  if (all === 0) return `No visit was left out ${inRange(range)}, as far as the sync has carried`;
  const first = sums.reduce((found, each) => (each.sum > found.sum ? each : found));
  return `Of ${formatCount(all, "visit")} left out ${inRange(range)}, ${formatPercent(first.sum / all)} were: ${EXCLUSION_LABELS[first.reason].toLowerCase()}`;
}
