const whole = new Intl.NumberFormat("en-GB");

/** `1,234`. One locale for server and browser, so that hydration finds what was rendered. */
export const formatCount = (count: number) => whole.format(count);

/** `1 read`, `1,234 reads`. */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

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
  if (span < HOUR) return `${counted(Math.floor(span / MINUTE), "minute")} ago`;
  if (span < DAY) return `${counted(Math.floor(span / HOUR), "hour")} ago`;
  return `${counted(Math.floor(span / DAY), "day")} ago`;
}
