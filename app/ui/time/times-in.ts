import { MONTHS } from "~/shared/format";

/** A piece of a sentence: words, or a moment that it names (Unix ms). */
export type Piece = { text: string; at?: number; seconds?: boolean };

const TIME = /(?:(\d{1,2}) ([A-Z][a-z]{2,3})(?: (\d{4}))?, )?(\d{2}):(\d{2})(?::(\d{2}))? UTC/g;

/**
 * Finds the moments that a sentence of ours names in UTC ("at 14:00 UTC", "since 21 Nov, 14:00 UTC"; `formatTime`
 * writes them), so that a page can write them in another zone. Without a day it is the day of `now`.
 */
export function timesIn(sentence: string, now: Date): Piece[] {
  const pieces: Piece[] = [];
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
    if (match.index > end) pieces.push({ text: sentence.slice(end, match.index) });
    pieces.push({ text, at, seconds: second !== undefined });
    end = match.index + text.length;
  }
  if (end < sentence.length) pieces.push({ text: sentence.slice(end) });
  return pieces;
}
