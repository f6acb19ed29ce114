import { formatCount, formatDuration, formatNumber, formatTime } from "~/shared/format";

/** What a forecast starts from. Plain data, so that the page computes the words for whichever end is chosen. Times: Unix ms. */
export interface ForecastFacts {
  now: number;
  /** Views a second that went to Redis, over the last `rateSeconds`; null when no sample says. */
  viewsPerSecond: number | null;
  rateSeconds: number;
  /** Views that wait already; null when Redis cannot be asked. */
  waiting: number | null;
  memory: { usedBytes: number; limitBytes: number | null; configured: boolean } | null;
  /** When the last sync that carried everything began. */
  lastGoodAt: number | null;
}

/**
 * The most that a view can add to Redis, bytes: 31 for dedupe at its worst moment, and two counters of its own, in the
 * hour's buffer and in what pages add. Views of targets that were read before in the hour add a third of it.
 */
const MOST_BYTES_A_VIEW = 160;
const MB = 1024 * 1024;

export interface PauseForecast {
  /** One sentence each. */
  waiting: string;
  memory: string;
  stale: string;
  /** The limit comes before the pause ends. */
  dangerous: boolean;
}

/** What a pause of `hours` would do at the present rate, in words. */
export function forecastPause(facts: ForecastFacts, hours: number): PauseForecast {
  const now = new Date(facts.now);
  const until = new Date(facts.now + hours * 3_600_000);
  const limitAt = memoryLimitAt(facts);
  return {
    waiting: waitingWords(facts, until),
    memory: memoryWords(facts, limitAt),
    stale: facts.lastGoodAt
      ? `Editors' charts are stale by up to ${formatDuration((until.getTime() - facts.lastGoodAt) / 1000)} when it ends: they end at the last sync, ${formatTime(new Date(facts.lastGoodAt), { now })}. Readers' counts stay up to date.`
      : "Editors' charts stay as they are until the first sync. Readers' counts stay up to date.",
    dangerous: limitAt !== null && limitAt < until,
  };
}

/** The earliest moment at which Redis could be full; null when it is not known, or not within a year. */
export function memoryLimitAt({ now, viewsPerSecond, memory }: ForecastFacts): Date | null {
  if (!memory?.limitBytes || !viewsPerSecond) return null;
  const seconds = Math.max(0, memory.limitBytes - memory.usedBytes) / (viewsPerSecond * MOST_BYTES_A_VIEW);
  return seconds > 366 * 86_400 ? null : new Date(now + seconds * 1000);
}

function waitingWords({ now, viewsPerSecond, rateSeconds, waiting }: ForecastFacts, until: Date) {
  if (viewsPerSecond === null)
    return "How many views will wait is not known: no process has reported lately.";
  const more = Math.round((viewsPerSecond * (until.getTime() - now)) / 1000);
  const rate = `${formatNumber(Math.round(viewsPerSecond * 3600))} views an hour over the last ${formatDuration(rateSeconds)}`;
  return waiting === null
    ? `About ${formatCount(more, "view")} more will wait for the sync at ${formatTime(until, { now: new Date(now) })} (${rate}); how many wait already is not known.`
    : `About ${formatCount(waiting + more, "view")} will wait for the sync at ${formatTime(until, { now: new Date(now) })}: ${formatNumber(waiting)} now, and ${rate}.`;
}

function memoryWords({ now, viewsPerSecond, memory }: ForecastFacts, limitAt: Date | null) {
  if (!memory) return "Redis cannot be asked for its memory, so when it is full is not known.";
  if (memory.limitBytes === null)
    return "Redis has no memory limit and does not say how much the machine has.";
  const limit = `its memory limit of ${megabytes(memory.limitBytes)}${memory.configured ? "" : " (the whole machine's: maxmemory is 0)"}`;
  const used = `it uses ${megabytes(memory.usedBytes)}`;
  if (limitAt)
    return `At the present rate Redis reaches ${limit} at ${formatTime(limitAt, { now: new Date(now) })} at the earliest; now ${used}.`;
  return viewsPerSecond
    ? `At the present rate Redis does not reach ${limit} within a year; now ${used}.`
    : `Redis does not grow towards ${limit} at the present rate; now ${used}.`;
}

const megabytes = (bytes: number) => {
  const mb = bytes / MB;
  return `${formatNumber(mb < 10 ? Math.round(mb * 10) / 10 : Math.round(mb))} MB`;
};
