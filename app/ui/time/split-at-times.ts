import { MONTHS } from "~/shared/format";

/** Part of a sentence: plain words, or a time that it names (`at`, Unix ms). */
export interface SentencePart {
  text: string;
  at?: number;
  /** The time was written with its seconds. */
  seconds?: boolean;
}

const TIME = /(?:(\d{1,2}) ([A-Z][a-z]{2,3})(?: (\d{4}))?, )?(\d{2}):(\d{2})(?::(\d{2}))? UTC/g;

/**
 * Splits a sentence at the UTC times in it ("at 14:00 UTC", "since 21 Nov, 14:00 UTC", as formatTime writes them), so that
 * a page can show them in another time zone. A time without a date is on the day of `now`.
 */
export function splitAtTimes(sentence: string, now: Date): SentencePart[] {
  const parts: SentencePart[] = [];
  let end = 0;
  for (const match of sentence.matchAll(TIME)) {
    const [text, day, month, year, hour, minute, second] = match;
    const monthIndex = month === undefined ? now.getUTCMonth() : MONTHS.indexOf(month);
    if (monthIndex < 0) continue;
    const at = Date.UTC(
      year === undefined ? now.getUTCFullYear() : Number(year),
      monthIndex,
      day === undefined ? now.getUTCDate() : Number(day),
      Number(hour),
      Number(minute),
      Number(second ?? 0),
    );
    if (match.index > end) parts.push({ text: sentence.slice(end, match.index) });
    parts.push({ text, at, seconds: second !== undefined });
    end = match.index + text.length;
  }
  if (end < sentence.length) parts.push({ text: sentence.slice(end) });
  return parts;
}
