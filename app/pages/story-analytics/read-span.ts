import {
  addUnits,
  bucketStarts,
  DAY_MS,
  HOUR_MS,
  splitsHours,
  UNIT_MS,
  UNITS,
  type Unit,
  unitStart,
  type ZoneClock,
  zoneClock,
} from "~/shared/calendar";
import { formatDay } from "~/shared/format";
import { type Comparison, comparedSpan, parseComparison } from "./compared-span";
import { STORY_RANGES, storyRange } from "./story-ranges";

/** More bars could not be told apart. */
const MAX_POINTS = 600;
const LONGEST_YEARS = 20;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A range of an editor's page, cut into the buckets of its chart. Times are Unix ms. */
export interface StorySpan {
  /** Of a range in STORY_RANGES, or "custom". */
  key: string;
  /** Follows a number of views: "in the last 30 days". */
  words: string;
  zone: string;
  unit: Unit;
  /** The units that fit the range. */
  units: Unit[];
  from: number;
  /** Not included; not later than now. */
  to: number;
  /** When each bucket starts. */
  starts: number[];
  comparison: Comparison;
  /** The earlier period with as many buckets; null without a comparison. */
  compared: { starts: number[]; to: number; words: string } | null;
  /** Why a part of the address was refused, in one line; the page then shows the default. */
  problem: string | null;
  /** The values of the form's fields, days in the zone. */
  fields: { from: string; to: string };
  /** The zone's days start within an hour of the history: they are counted from the next hour on. */
  splitsHours: boolean;
}

/** The range, unit and comparison in the address of an editor's page, in their time zone. "All" starts at `firstAt`. */
export function readSpan(search: URLSearchParams, zone: string, now: number, firstAt: number): StorySpan {
  const clock = zoneClock(zone);
  const requested = { from: search.get("from") ?? "", to: search.get("to") ?? "" };
  const custom = search.get("range") === "custom" ? customRange(clock, requested, now) : null;
  const refused = custom && "problem" in custom ? custom.problem : null;
  const range =
    custom && "range" in custom ? custom.range : namedRange(clock, search.get("range"), now, firstAt);
  const units = fittingUnits(range.to - range.from);
  const preferred = range.key === "48h" || range.to - range.from <= 2 * DAY_MS ? "hour" : "day";
  const fallback = units.includes(preferred) ? preferred : (units[0] ?? "month");
  const by = search.get("by");
  const unit = units.find((each) => each === by) ?? fallback;
  const starts = bucketStarts(clock, unit, range.from, range.to);
  const comparison = parseComparison(search.get("compare"));
  const span = { ...range, unit, starts };
  return {
    ...span,
    zone,
    units,
    comparison,
    // All time has nothing before it.
    compared: range.key === "all" ? null : comparedSpan(clock, span, comparison),
    problem: refused ?? unitProblem(by, unit),
    fields: refused ? requested : { from: dateOf(clock, range.from), to: dateOf(clock, range.to - 1) },
    splitsHours: splitsHours(clock, range.from, range.to),
  };
}

function namedRange(clock: ZoneClock, key: string | null, now: number, firstAt: number) {
  const range = storyRange(key);
  const today = unitStart(clock.wallOf(now), "day");
  if (range.seconds !== null && range.stepSeconds * 1000 === HOUR_MS)
    return {
      key: range.key,
      words: range.words,
      from: (Math.floor(now / HOUR_MS) + 1) * HOUR_MS - range.seconds * 1000,
      to: now,
    };
  const first =
    range.seconds === null
      ? unitStart(clock.wallOf(Math.min(firstAt, now)), "day")
      : addUnits(today, "day", 1 - (range.seconds * 1000) / DAY_MS);
  // Just after midnight, the first hour of a day may not have started where days start within an hour.
  return { key: range.key, words: range.words, from: Math.min(clock.hourAt(first), now - 1), to: now };
}

function customRange(
  clock: ZoneClock,
  fields: StorySpan["fields"],
  now: number,
): { range: Pick<StorySpan, "key" | "words" | "from" | "to"> } | { problem: string } {
  const [first, last] = [parseDate(fields.from), parseDate(fields.to)];
  if (first === null || last === null)
    return {
      problem: `Enter both a first and a last day, such as ${dateOf(clock, now - 7 * DAY_MS)} and ${dateOf(clock, now)}.`,
    };
  if (last < first) return { problem: "The last day must not be before the first." };
  if (last - first > LONGEST_YEARS * 366 * DAY_MS)
    return { problem: `A range can be at most ${LONGEST_YEARS} years long: enter a later first day.` };
  const from = clock.hourAt(first);
  if (from >= now) return { problem: "The first day is in the future, so there is nothing to show yet." };
  const words = first === last ? `on ${longDay(first)}` : `from ${longDay(first)} to ${longDay(last)}`;
  return { range: { key: "custom", from, to: Math.min(clock.hourAt(addUnits(last, "day", 1)), now), words } };
}

function fittingUnits(ms: number): Unit[] {
  const shortest: Record<Unit, number> = { hour: 0, day: 2, week: 14, month: 60 };
  return UNITS.filter((unit) => ms / UNIT_MS[unit] <= MAX_POINTS && ms >= shortest[unit] * DAY_MS);
}

function unitProblem(by: string | null, unit: Unit) {
  if (by === null || by === "" || by === unit) return null;
  return UNITS.some((each) => each === by)
    ? `This range cannot be shown by ${by}, as it would have too many bars or hardly any: it is shown by ${unit}.`
    : `Views can be shown by hour, day, week or month, so they are shown by ${unit}.`;
}

function parseDate(text: string): number | null {
  const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // A date such as 31 February is read as a day of March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : at;
}

const dateOf = (clock: ZoneClock, at: number) => new Date(clock.wallOf(at)).toISOString().slice(0, 10);
const longDay = (wall: number) => formatDay(new Date(wall));

/** The addresses of a page's named ranges, with the rest of its selection. A unit is left out, as it may not fit. */
export const rangeAddresses = (search: URLSearchParams) =>
  STORY_RANGES.map(({ key, label }) => {
    const address = new URLSearchParams(search);
    for (const name of ["from", "to", "by"]) address.delete(name);
    address.set("range", key);
    return { key, label, to: `?${address}` };
  });
