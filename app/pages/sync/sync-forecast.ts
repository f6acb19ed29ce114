import { formatCount, formatDuration, formatNumber, formatTime } from "~/shared/format";

/** The facts that a forecast starts from, as plain data: the browser forecasts each length of a pause. Times are Unix ms. */
export interface ForecastFacts {
  now: number;
  /** Views per second that went to Redis, over the last `rateSeconds`; null without samples. */
  viewsPerSecond: number | null;
  rateSeconds: number;
  /** Views in Redis that are not in the database yet; null when that is not known. */
  unsynced: number | null;
  memory: { usedBytes: number; limitBytes: number | null; configured: boolean } | null;
  /** When the last sync that moved everything started. */
  lastGoodAt: number | null;
}

/**
 * The most that a view can add to Redis, bytes: at worst 31 for dedupe and two new counters, one in the hour's buffer and
 * one among the counts that pages add. A view of a target already read in that hour adds a third of that.
 */
const MOST_BYTES_PER_VIEW = 160;
const MB = 1024 * 1024;

export interface PauseForecast {
  /** One sentence each. */
  unsynced: string;
  memory: string;
  stale: string;
  /** Redis may be full before the pause ends. */
  dangerous: boolean;
}

/** The consequences of a pause of `hours` at the current rate, in words. */
export function forecastPause(facts: ForecastFacts, hours: number): PauseForecast {
  const now = new Date(facts.now);
  const until = new Date(facts.now + hours * 3_600_000);
  const limitAt = memoryLimitAt(facts);
  return {
    unsynced: describeUnsynced(facts, until),
    memory: describeMemory(facts, limitAt),
    stale: facts.lastGoodAt
      ? `Editors' charts will be up to ${formatDuration((until.getTime() - facts.lastGoodAt) / 1000)} out of date when it ends: they show views up to the last sync, ${formatTime(new Date(facts.lastGoodAt), { now })}. Readers' counts stay up to date.`
      : "Editors' charts do not change until the first sync. Readers' counts stay up to date.",
    dangerous: limitAt !== null && limitAt < until,
  };
}

/** The earliest time at which Redis could be full; null when that is not known, or not within a year. */
export function memoryLimitAt({ now, viewsPerSecond, memory }: ForecastFacts): Date | null {
  if (!memory?.limitBytes || !viewsPerSecond) return null;
  const seconds = Math.max(0, memory.limitBytes - memory.usedBytes) / (viewsPerSecond * MOST_BYTES_PER_VIEW);
  return seconds > 366 * 86_400 ? null : new Date(now + seconds * 1000);
}

function describeUnsynced({ now, viewsPerSecond, rateSeconds, unsynced }: ForecastFacts, until: Date) {
  if (viewsPerSecond === null)
    return "The number of views that will be waiting to sync is unknown: no process has reported recently.";
  const more = Math.round((viewsPerSecond * (until.getTime() - now)) / 1000);
  const rate = `${formatNumber(Math.round(viewsPerSecond * 3600))} views per hour over the last ${formatDuration(rateSeconds)}`;
  return unsynced === null
    ? `About ${formatCount(more, "view")} more will be waiting to sync at ${formatTime(until, { now: new Date(now) })} (${rate}); the number waiting now is unknown.`
    : `About ${formatCount(unsynced + more, "view")} will be waiting to sync at ${formatTime(until, { now: new Date(now) })}: ${formatNumber(unsynced)} now, and ${rate}.`;
}

function describeMemory({ now, viewsPerSecond, memory }: ForecastFacts, limitAt: Date | null) {
  if (!memory) return "Redis is unreachable, so the time at which its memory will be full is unknown.";
  if (memory.limitBytes === null)
    return "Redis has no memory limit and does not report the memory of its machine.";
  const size = megabytes(memory.limitBytes);
  const limit = memory.configured
    ? `its memory limit of ${size}`
    : `the ${size} of its machine (no memory limit is set)`;
  const used = `it uses ${megabytes(memory.usedBytes)}`;
  if (limitAt)
    return `At the current rate Redis reaches ${limit} at ${formatTime(limitAt, { now: new Date(now) })} at the earliest; now ${used}.`;
  return viewsPerSecond
    ? `At the current rate Redis does not reach ${limit} within a year; now ${used}.`
    : `Redis is not growing towards ${limit} at the current rate; now ${used}.`;
}

const megabytes = (bytes: number) => {
  const mb = bytes / MB;
  return `${formatNumber(mb < 10 ? Math.round(mb * 10) / 10 : Math.round(mb))} MB`;
};
