import { DAY_MS, HOUR_MS, type ZoneClock } from "~/shared/calendar";
import { formatNumber } from "~/shared/format";

/** The hours of a week, Monday 00:00 first. */
export const WEEK_HOURS = 168;

/** Habits are of so many days at most: whole weeks, few enough rows for a page, and recent enough to be habits still. */
export const HABIT_DAYS = 91;

/** A stretch of time in which a zone's clock does not change. Times and the offset are in ms. */
export interface ClockStretch {
  from: number;
  to: number;
  offset: number;
}

/** A span (Unix ms) cut where the zone's clock changes. No zone changes it twice within a day. */
export function clockStretches({ wallOf }: ZoneClock, from: number, to: number): ClockStretch[] {
  const offsetAt = (at: number) => wallOf(at) - at;
  const found: ClockStretch[] = [];
  let start = from;
  for (let at = from; at < to; at += DAY_MS) {
    const next = Math.min(at + DAY_MS, to);
    if (offsetAt(next) === offsetAt(at)) continue;
    let [before, after] = [Math.floor(at / HOUR_MS), Math.ceil(next / HOUR_MS)];
    while (after - before > 1) {
      const middle = (before + after) >> 1;
      if (offsetAt(middle * HOUR_MS) === offsetAt(at)) before = middle;
      else after = middle;
    }
    const change = Math.min(after * HOUR_MS, to);
    found.push({ from: start, to: change, offset: offsetAt(start) });
    start = change;
  }
  if (start < to) found.push({ from: start, to, offset: offsetAt(start) });
  return found;
}

/** The hour of the week that a time with an offset (ms) falls into. The Unix epoch was a Thursday. */
export const weekHourOf = (at: number, offset: number) =>
  (((Math.floor((at + offset) / HOUR_MS) + 3 * 24) % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS;

/** How often each hour of the week occurs in some stretches, which start and end with whole hours. */
export function countWeekHours(stretches: ClockStretch[]): number[] {
  const counts = new Array<number>(WEEK_HOURS).fill(0);
  for (const { from, to, offset } of stretches) {
    const hours = Math.max(0, Math.round((to - from) / HOUR_MS));
    const first = weekHourOf(from, offset);
    for (let place = 0; place < WEEK_HOURS; place += 1) {
      const position = (place - first + WEEK_HOURS) % WEEK_HOURS;
      counts[place] = (counts[place] ?? 0) + Math.floor(hours / WEEK_HOURS);
      if (position < hours % WEEK_HOURS) counts[place] = (counts[place] ?? 0) + 1;
    }
  }
  return counts;
}

/** A mean number of views: whole from 10 on, with one decimal below. */
export const formatMean = (mean: number) => (mean >= 10 ? formatNumber(Math.round(mean)) : mean.toFixed(1));
