import { addUnits, DAY_MS, HOUR_MS, type Unit, unitStart, type ZoneClock } from "~/shared/calendar";
import { formatDay, MONTHS } from "~/shared/format";

/** The earlier periods that a range can be compared with. */
export const COMPARISONS = {
  weekdays: { label: "Same weekdays earlier", words: "same weekdays" },
  previous: { label: "Previous period", words: "previous period" },
  year: { label: "Last year", words: "a year earlier" },
  none: { label: "Nothing", words: "" },
} as const;
export type Comparison = keyof typeof COMPARISONS;

/** The comparison in an address: the same weekdays unless it says another one. */
export const parseComparison = (text: string | null): Comparison =>
  text !== null && Object.hasOwn(COMPARISONS, text) ? (text as Comparison) : "weekdays";

/** The earlier period of a range, with as many buckets, up to the same time of its last day; null without a comparison. */
export function comparedSpan(
  clock: ZoneClock,
  { unit, starts, from, to }: { unit: Unit; starts: number[]; from: number; to: number },
  comparison: Comparison,
) {
  if (comparison === "none") return null;
  const shift = shiftOf(clock, { unit, starts, from, to }, comparison);
  let last = Number.NEGATIVE_INFINITY;
  const earlier = [...starts, to].map((at) => {
    const wall = clock.wallOf(at);
    // An hour that has begun is compared with a whole one, as the history is kept by the hour.
    const shifted = clock.hourAt(shift(wall));
    last = Math.max(last, shifted);
    return last;
  });
  const end = earlier.pop() as number;
  const [first, until] = [clock.wallOf(earlier[0] as number), clock.wallOf(end - 1)];
  return { starts: earlier, to: end, words: `${datesOf(first, until)} (${COMPARISONS[comparison].words})` };
}

/** How a wall time is moved to the earlier period. */
function shiftOf(
  clock: ZoneClock,
  { unit, starts, from, to }: { unit: Unit; starts: number[]; from: number; to: number },
  comparison: Exclude<Comparison, "none">,
): (wall: number) => number {
  const firstDay = unitStart(clock.wallOf(from), "day");
  const days = (unitStart(clock.wallOf(to - 1), "day") - firstDay) / DAY_MS + 1;
  if (comparison === "year")
    // Weeks are compared with weeks, so that all of them start on a Monday.
    return (wall) => (unit === "week" ? addUnits(wall, "day", -364) : addUnits(wall, "month", -12));
  if (comparison === "weekdays") {
    const weeks = Math.ceil((unit === "hour" ? (to - from) / DAY_MS : days) / 7);
    return (wall) => addUnits(wall, "week", -weeks);
  }
  if (unit === "hour") {
    const hours = Math.ceil((to - from) / HOUR_MS);
    return (wall) => addUnits(wall, "hour", -hours);
  }
  // From the first of a month, a period of months is as many months earlier.
  if (unit === "month" && new Date(firstDay).getUTCDate() === 1)
    return (wall) => addUnits(wall, "month", -starts.length);
  return (wall) => addUnits(wall, "day", -days);
}

/** Two days (wall times) as one period: "22 Sep – 21 Oct 2025", with the first year where they differ. */
export function datesOf(first: number, last: number): string {
  const [from, to] = [new Date(first), new Date(last)];
  const end = formatDay(to);
  if (formatDay(from) === end) return end;
  if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${formatDay(from)} – ${end}`;
  const sameMonth = from.getUTCMonth() === to.getUTCMonth();
  return `${from.getUTCDate()}${sameMonth ? "" : ` ${MONTHS[from.getUTCMonth()]}`} – ${end}`;
}
