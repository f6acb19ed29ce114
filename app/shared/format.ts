/** Numbers and times in plain words. Pure and the same on server and client: no locale of the machine gets in. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 12614 → "12,614". */
export const formatNumber = (value: number) => {
  const [whole = "0", fraction] = String(Math.abs(value)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0 ? "−" : ""}${grouped}${fraction ? `.${fraction}` : ""}`;
};

/** `quantity(1, "view")` → "1 view", `quantity(214, "view")` → "214 views". */
export const formatCount = (value: number, one: string, many = `${one}s`) =>
  `${formatNumber(value)} ${value === 1 ? one : many}`;

/** 0.1234 → "12 %", small shares keep one digit: 0.0041 → "0.4 %". */
export const formatPercent = (share: number) => {
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 10 ? formatNumber(Math.round(value * 10) / 10) : formatNumber(Math.round(value))} %`;
};

/** A length of time, rounded to what a person would say: "40 minutes", "19 hours". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return formatCount(whole, "second");
  if (whole < 100 * 60 && whole % 3600 !== 0) return formatCount(Math.round(whole / 60), "minute");
  if (whole < 49 * 3600) return formatCount(Math.round(whole / 3600), "hour");
  return formatCount(Math.round(whole / 86_400), "day");
}

/** A step of time after "per": "hour", "30 seconds". */
export const perStep = (seconds: number) => formatDuration(seconds).replace(/^1 /, "");

/** Microseconds as milliseconds: 840 → "0.84 ms". */
export const formatMilliseconds = (us: number) => {
  const ms = us / 1000;
  return `${ms >= 100 ? formatNumber(Math.round(ms)) : formatNumber(Number(ms.toPrecision(2)))} ms`;
};

export interface TimeOptions {
  seconds?: boolean;
  /** The reader's present: a moment of the same UTC day is said by its clock alone. */
  now?: Date;
}

/** A moment in UTC: "14:00 UTC" today, "21 Nov, 14:00 UTC" otherwise, with the year where it is another one. */
export function formatTime(at: Date, { now, seconds = false }: TimeOptions = {}): string {
  const clock = `${at.toISOString().slice(11, seconds ? 19 : 16)} UTC`;
  if (now && sameDay(at, now)) return clock;
  return `${formatDay(at, now)}, ${clock}`;
}

/** A UTC day: "21 Nov", with the year unless `now` is in it. */
export function formatDay(at: Date, now?: Date): string {
  const year = now && now.getUTCFullYear() === at.getUTCFullYear() ? "" : ` ${at.getUTCFullYear()}`;
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${year}`;
}

const sameDay = (a: Date, b: Date) => a.toISOString().slice(0, 10) === b.toISOString().slice(0, 10);

/** "a, b and c". */
export const formatList = (words: string[]) =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** A sentence out of a phrase: a capital at the front, one full stop at the end. */
export const toSentence = (phrase: string) =>
  `${phrase.charAt(0).toUpperCase()}${phrase.slice(1).trimEnd().replace(/\.+$/, "")}.`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * `3 hours ago`, up to a week; null beyond that, and for times to come. Only spans are counted, no calendar days, so the
 * answer does not depend on a time zone.
 */
export function formatAgo(at: number, now: number): string | null {
  const span = now - at;
  if (span < 0 || span >= 7 * DAY) return null;
  if (span < MINUTE) return "just now";
  if (span < HOUR) return `${formatCount(Math.floor(span / MINUTE), "minute")} ago`;
  if (span < DAY) return `${formatCount(Math.floor(span / HOUR), "hour")} ago`;
  return `${formatCount(Math.floor(span / DAY), "day")} ago`;
}
