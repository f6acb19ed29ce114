const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** `17/May/2015:10:05:03 +0200`, as Apache's `%t` and nginx's `$time_local` write it. */
const COMMON = /^\[?(\d{2})\/([a-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.\d+)? ([+-])(\d{2})(\d{2})\]?$/i;
const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?) ?(Z|[+-]\d{2}:?\d{2})?$/i;
const NUMBER = /^\d{9,19}(?:\.\d+)?$/;

/**
 * The Unix time in milliseconds of a logged time; null if it is none. An offset is applied, so summer time needs no rule; a time
 * without an offset is UTC, as W3C logs are. Numbers are seconds, or finer by their size.
 */
export function parseTime(text: string): number | null {
  const common = COMMON.exec(text);
  if (common) {
    const [, day, month = "", year, hour, minute, second, sign, offsetHours, offsetMinutes] = common;
    const index = MONTHS.indexOf(month.toLowerCase());
    const local = Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second));
    const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
    return index < 0 ? null : local - (sign === "-" ? -offset : offset);
  }
  if (NUMBER.test(text)) return fromUnix(Number(text));
  const iso = ISO.exec(text);
  if (!iso) return null;
  const [, date, time, zone = "Z"] = iso;
  const milliseconds = Date.parse(`${date}T${time}${zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2")}`);
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970: which one, the size tells for every year from 1973 to 5138. */
function fromUnix(value: number): number | null {
  let seconds = value;
  for (let steps = 0; seconds >= 1e11 && steps < 3; steps += 1) seconds /= 1000;
  return seconds < 1e11 ? Math.round(seconds * 1000) : null;
}
