import type { Point, Series } from "./series";

const WEEK_SECONDS = 7 * 86_400;

/**
 * How far back the period lies that a range is compared with, ms: the range's own length in whole buckets, and whole weeks
 * from 7 days on, so that Sundays meet Sundays.
 */
export function compareOffset(seconds: number, stepSeconds: number): number {
  const unit = seconds >= WEEK_SECONDS ? Math.max(WEEK_SECONDS, stepSeconds) : stepSeconds;
  return Math.ceil(seconds / unit) * unit * 1000;
}

/** "the hour before", "5 weeks before": after "compared with" or "in". */
export function offsetWords(ms: number): string {
  const days = ms / 86_400_000;
  if (days >= 7) return days === 7 ? "a week before" : `${Math.round(days / 7)} weeks before`;
  if (days >= 2) return `${Math.round(days)} days before`;
  if (days === 1) return "a day before";
  const hours = ms / 3_600_000;
  if (hours > 1) return `${Math.round(hours * 10) / 10} hours before`;
  return hours === 1 ? "an hour before" : `${Math.round(ms / 60_000)} minutes before`;
}

/** A point with what the same bucket of the period before had; null where it had no reports, or none was asked for. */
export type Compared<K extends string> = Point<K> & { before: Record<K, number | null> | null };

export interface ComparedSeries<K extends string> {
  stepSeconds: number;
  points: Compared<K>[];
}

/** Lays an earlier series, `ms` back, under the buckets of a later one of the same step. */
export function compared<K extends string>(
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
