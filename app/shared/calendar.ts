import { zoneOffset } from "./day-start";

/** The periods that views are added up by. Weeks start on Mondays. */
export const UNITS = ["hour", "day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** How long a unit is, ms; a month at its longest. */
export const UNIT_MS: Record<Unit, number> = {
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 31 * DAY_MS,
};

/** The clock of a time zone. A wall time is the time, Unix ms, at which a UTC clock shows what the zone's clock shows. */
export interface ZoneClock {
  timeZone: string;
  wallOf(at: number): number;
  /** The first hour of the history (they are UTC hours) that starts at this wall time or later. */
  hourAt(wall: number): number;
}

/** The clock of an IANA time zone. */
export function zoneClock(timeZone: string): ZoneClock {
  const offsetAt = zoneOffset(timeZone);
  return {
    timeZone,
    wallOf: (at) => at + offsetAt(at),
    hourAt: (wall) => Math.ceil((wall - offsetAt(wall - offsetAt(wall))) / HOUR_MS) * HOUR_MS,
  };
}

/** The wall time at which the unit around a wall time starts. */
export function unitStart(wall: number, unit: Unit): number {
  const date = new Date(wall);
  if (unit === "hour") return Math.floor(wall / HOUR_MS) * HOUR_MS;
  const day = Math.floor(wall / DAY_MS) * DAY_MS;
  if (unit === "day") return day;
  if (unit === "week") return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** A wall time, some units later; the last day of a month stays in its month. */
export function addUnits(wall: number, unit: Unit, count: number): number {
  if (unit !== "month") return wall + count * UNIT_MS[unit];
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + count];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) + (wall - unitStart(wall, "day"));
}

/**
 * When the buckets from `from` up to but not including `to` start (Unix ms). The first one starts at `from` even within a week or
 * a month, so that they add up to the range.
 */
export function bucketStarts(clock: ZoneClock, unit: Unit, from: number, to: number): number[] {
  if (unit === "hour") {
    const count = Math.max(1, Math.ceil((to - from) / HOUR_MS));
    return Array.from({ length: count }, (_, hour) => from + hour * HOUR_MS);
  }
  const starts = [from];
  let wall = addUnits(unitStart(clock.wallOf(from), unit), unit, 1);
  for (let at = clock.hourAt(wall); at < to; at = clock.hourAt(wall)) {
    if (at > (starts.at(-1) as number)) starts.push(at);
    wall = addUnits(wall, unit, 1);
  }
  return starts;
}

/** Whether a zone's days start within an hour of the history between two times, as in Asia/Kolkata. */
export const splitsHours = (clock: ZoneClock, ...times: number[]) =>
  times.some((at) => (clock.wallOf(at) - at) % HOUR_MS !== 0);
