import { DAY_MS, zoneClock } from "~/shared/calendar";
import { formatDay, MONTHS } from "~/shared/format";
import type { Zone } from "../time/zone";
import type { Calendar } from "./chart-data";
import { bucketLabel, tickLabel, timeTicks } from "./time-axis";

/** How the buckets of one chart are named, in tooltip and table, and which of them the axis labels. */
export interface AxisLabels {
  ticks: number[];
  tick(at: number): string;
  bucket(at: number): string;
}

/** The labels of buckets of one length in the viewer's zone, or of a calendar's days, weeks or months. */
export function axisLabelsOf(
  times: number[],
  stepSeconds: number,
  zone: Zone,
  calendar?: Calendar,
): AxisLabels {
  if (!calendar)
    return {
      ticks: timeTicks(times, zone),
      tick: (at) => tickLabel(at, times, stepSeconds * 1000, zone),
      bucket: (at) => bucketLabel(at, stepSeconds, zone),
    };
  const { wallOf } = zoneClock(calendar.timeZone);
  const dayOf = (at: number) => Math.floor(wallOf(at) / DAY_MS) * DAY_MS;
  // On the zone's own clock all days are 24 hours long.
  const days = times.map(dayOf);
  const ticks = new Set(timeTicks(days));
  return {
    ticks: times.filter((_, position) => ticks.has(days[position] as number)),
    tick: (at) => tickLabel(dayOf(at), days, DAY_MS),
    bucket: (at) => periodLabel(new Date(dayOf(at)), calendar),
  };
}

/** A day, week or month in words: "22 Nov 2025 (Europe/Berlin)"; one that the range cuts off is named by its first day. */
function periodLabel(day: Date, { unit, timeZone }: Calendar): string {
  const zone = `(${timeZone})`;
  if (unit === "day") return `${formatDay(day)} ${zone}`;
  if (unit === "month" && day.getUTCDate() === 1)
    return `${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()} ${zone}`;
  return `${unit === "week" ? "Week" : "Month"} from ${formatDay(day)} ${zone}`;
}
