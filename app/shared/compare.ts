import type { Point, Series } from "./series";

const WEEK_SECONDS = 7 * 86_400;

/**
 * How far before a range its comparison period lies, ms: the range's length in whole buckets, and whole
 * weeks from 7 days on, so that Sundays are compared with Sundays.
 */
export function compareOffset(seconds: number, stepSeconds: number): number {
  const unit = seconds >= WEEK_SECONDS ? Math.max(WEEK_SECONDS, stepSeconds) : stepSeconds;
  return Math.ceil(seconds / unit) * unit * 1000;
}

/** An offset, ms, in words: "an hour earlier", "5 weeks earlier". */
export function formatOffset(ms: number): string {
  const days = ms / 86_400_000;
  if (days >= 7) return days === 7 ? "a week earlier" : `${Math.round(days / 7)} weeks earlier`;
  if (days >= 2) return `${Math.round(days)} days earlier`;
  if (days === 1) return "a day earlier";
  const hours = ms / 3_600_000;
  if (hours > 1) return `${Math.round(hours * 10) / 10} hours earlier`;
  return hours === 1 ? "an hour earlier" : `${Math.round(ms / 60_000)} minutes earlier`;
}

/** A point with the values of the same bucket of the earlier period; null where that bucket had no reports or is not shown. */
export type Compared<K extends string> = Point<K> & { before: Record<K, number | null> | null };

/** A series with the values of an earlier period beside its own. */
export interface ComparedSeries<K extends string> {
  stepSeconds: number;
  points: Compared<K>[];
}

/** Adds to each bucket the values of the bucket `ms` earlier. Both series have the same step. */
export function compareSeries<K extends string>(
  series: Series<K>,
  before: Series<K> | null,
  ms: number,
): ComparedSeries<K> {
  const earlier = new Map(before?.points.map((point) => [point.at + ms, point.values]));
  return {
    ...series,
    points: series.points.map((point) => ({ ...point, before: earlier.get(point.at) ?? null })),
  };
}
