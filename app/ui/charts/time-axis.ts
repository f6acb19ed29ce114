import { formatTime } from "~/shared/format";
import { BUCKET_ORIGIN } from "~/shared/series";
import { formatTimeIn, UTC, type Zone } from "../time/zone";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK_STEPS = [
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];
const MONTH_STEPS = [1, 2, 3, 6, 12];
const MAX_MONTH_TICKS = 12;
const MAX_TICKS = 8;

const iso = (at: number) => new Date(at).toISOString();
/** The time, Unix ms, at which a UTC clock shows what the zone's clock shows at `at`. */
const wallTime = (at: number, zone: Zone) => at + zone.offsetAt(at) * MINUTE;
const monthName = (at: number) => formatTime(new Date(at)).split(" ")[1] ?? "";

/**
 * The buckets that get a label: at round times of the zone or the first of a month, and few enough to read. Buckets are cut
 * in UTC, so in a zone where none of them starts at a round time, UTC's round times get the labels.
 */
export function timeTicks(times: number[], zone: Zone = UTC): number[] {
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return [];
  const step = TICK_STEPS.find((each) => (last - first) / each <= MAX_TICKS);
  if (!step) return monthTicks(times);
  const round = times.filter((at) => (wallTime(at, zone) - BUCKET_ORIGIN) % step === 0);
  return round.length > 1 || zone === UTC ? round : timeTicks(times);
}

/** The buckets in which a month starts; only every second, third, … month where there are many. */
function monthTicks(times: number[]) {
  const bucket = (times[1] ?? DAY) - (times[0] ?? 0);
  const starts = times.filter((at) => monthOf(at + bucket - 1) !== monthOf(at - 1));
  const step = MONTH_STEPS.find((each) => starts.length / each <= MAX_MONTH_TICKS) ?? 12;
  return starts.filter((at) => monthOf(at + bucket - 1) % step === 0);
}

/** Months since the year 0. */
const monthOf = (at: number) => {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** The label of a tick: "14:00", "22 Nov" at midnight and for days, "Nov 2025" on a chart that covers years. `bucket` is in ms. */
export function tickLabel(at: number, times: number[], bucket: number, zone: Zone = UTC): string {
  const covered = (times.at(-1) ?? at) - (times[0] ?? at);
  if (covered > 400 * DAY) return `${monthName(at + bucket - 1)} ${iso(at + bucket - 1).slice(0, 4)}`;
  // Daily buckets are UTC days in every zone.
  const clock = bucket >= DAY ? at : wallTime(at, zone);
  if (clock % DAY === 0 || covered > 8 * DAY) return `${Number(iso(clock).slice(8, 10))} ${monthName(clock)}`;
  return iso(clock).slice(11, 16);
}

/** A bucket in words: "22 Nov 2025, 14:00–14:10 UTC", or "22 Nov 2025 (UTC)" for a whole day. */
export function bucketLabel(at: number, stepSeconds: number, zone: Zone = UTC): string {
  const step = stepSeconds * 1000;
  const [day] = formatTime(new Date(at)).split(", ");
  if (step === DAY) return `${day} (UTC)`;
  if (step > DAY) return `The ${Math.round(step / DAY)} days from ${day} (UTC)`;
  const [date = "", clock = ""] = formatTimeIn(zone, new Date(at), { seconds: stepSeconds < 60 }).split(", ");
  const end = iso(wallTime(at + step, zone)).slice(11, stepSeconds < 60 ? 19 : 16);
  const name = zone.nameAt(at);
  return `${date}, ${clock.replace(` ${name}`, "")}–${end} ${name}`;
}
