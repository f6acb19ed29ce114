/**
 * Numbers and times as the site writes them. The locale and the time zone are fixed, so that the server and every browser
 * write the same text, whatever the machine is set to.
 */
const LOCALE = "en-GB";
const UTC = "UTC";

const plain = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 10 });
const twoDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 });
const percent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 });
const smallPercent = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 1 });
const list = new Intl.ListFormat(LOCALE, { type: "conjunction" });
const ago = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always" });

const inUnit = (unit: "second" | "minute" | "hour" | "day") =>
  new Intl.NumberFormat(LOCALE, { style: "unit", unit, unitDisplay: "long" });
const SECONDS = inUnit("second");
const MINUTES = inUnit("minute");
const HOURS = inUnit("hour");
const DAYS = inUnit("day");

const clockOf = (second?: "2-digit") =>
  new Intl.DateTimeFormat(LOCALE, {
    hour: "2-digit",
    minute: "2-digit",
    second,
    hourCycle: "h23",
    timeZone: UTC,
  });
const clock = clockOf();
const clockWithSeconds = clockOf("2-digit");
const day = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: UTC });
const dayAndYear = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: UTC,
});

/** 12614 → "12,614"; a negative number gets a true minus sign. */
export const formatNumber = (value: number) => plain.format(value).replace("-", "−");

/** `formatCount(1, "view")` → "1 view", `formatCount(214, "view")` → "214 views". */
export const formatCount = (value: number, one: string, many = `${one}s`) =>
  `${formatNumber(value)} ${value === 1 ? one : many}`;

/** 0.1234 → "12%"; below 10% with one decimal, and above it if `decimals` is 1: 0.0041 → "0.4%". */
export const formatPercent = (share: number, decimals: 0 | 1 = 0) =>
  (Math.abs(share) < 0.1 || decimals ? smallPercent : percent).format(share).replace("-", "−");

/** A share that is close to 1, rounded down to two digits of what it lacks: 0.99987 → "99.987%". Only all of it is "100%". */
export function formatShare(share: number): string {
  const digits = share >= 1 ? 0 : Math.min(6, Math.max(0, Math.ceil(-Math.log10(1 - share)) - 1));
  const rounded = Math.floor(share * 10 ** (digits + 2) + 1e-6) / 10 ** (digits + 2);
  return new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: digits }).format(rounded);
}

/** A length of time, rounded as people would say it: "40 minutes", "19 hours". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return SECONDS.format(whole);
  if (whole < 100 * 60 && whole % 3600 !== 0) return MINUTES.format(Math.round(whole / 60));
  if (whole < 49 * 3600) return HOURS.format(Math.round(whole / 3600));
  return DAYS.format(Math.round(whole / 86_400));
}

/** A step of time after "per" or "every": "hour", "30 seconds". */
export const formatStep = (seconds: number) => formatDuration(seconds).replace(/^1 /, "");

/** An elapsed time, from milliseconds: "420 ms", "2.4 s", "3 minutes". */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${formatNumber(Math.round(ms))} ms`;
  if (ms < 100_000) return `${formatNumber(Math.round(ms / 100) / 10)} s`;
  return formatDuration(ms / 1000);
}

/** A latency, from microseconds, to two significant digits below 100 ms: "0.84 ms", "153 ms", "1.2 s". */
export const formatLatency = (us: number) => {
  const ms = us / 1000;
  if (ms >= 1000) return formatElapsed(ms);
  return `${ms >= 100 ? formatNumber(Math.round(ms)) : twoDigits.format(ms)} ms`;
};

/** How to write a time. */
export interface TimeOptions {
  seconds?: boolean;
  /** The current time. A time on the same UTC day is written without its date. */
  now?: Date;
}

/** A time in UTC: "14:00 UTC" today, "21 Nov, 14:00 UTC" on another day, with the year where that differs too. */
export function formatTime(at: Date, { now, seconds = false }: TimeOptions = {}): string {
  const time = `${(seconds ? clockWithSeconds : clock).format(at)} UTC`;
  return now && dayAndYear.format(at) === dayAndYear.format(now) ? time : `${formatDay(at, now)}, ${time}`;
}

/** A UTC day: "21 Nov", with the year unless it is that of `now`. */
export const formatDay = (at: Date, now?: Date) =>
  (now && now.getUTCFullYear() === at.getUTCFullYear() ? day : dayAndYear).format(at);

/** The months as `formatDay` abbreviates them, January first: for reading a written day back. */
export const MONTHS = Array.from(
  { length: 12 },
  (_, month) =>
    day.formatToParts(Date.UTC(2000, month)).find(({ type }) => type === "month")?.value as string,
);

/** "a, b and c". */
export const formatList = (words: string[]) => list.format(words);

/** A sentence from a phrase: a capital letter first, one full stop last. */
export const toSentence = (phrase: string) =>
  `${phrase.charAt(0).toUpperCase()}${phrase.slice(1).trimEnd().replace(/\.+$/, "")}.`;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * "3 hours ago", up to a week; null for anything older, and for future times. It measures elapsed time, not calendar days,
 * so the result does not depend on a time zone.
 */
export function formatAgo(at: number, now: number): string | null {
  const elapsed = now - at;
  if (elapsed < 0 || elapsed >= 7 * DAY_MS) return null;
  if (elapsed < MINUTE_MS) return "just now";
  if (elapsed < HOUR_MS) return ago.format(-Math.floor(elapsed / MINUTE_MS), "minute");
  if (elapsed < DAY_MS) return ago.format(-Math.floor(elapsed / HOUR_MS), "hour");
  return ago.format(-Math.floor(elapsed / DAY_MS), "day");
}
