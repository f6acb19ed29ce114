/** Words that people read per minute, on a screen and for pleasure. */
const WORDS_PER_MINUTE = 230;

/** How long a text takes to read, in words: "6 min". Null for one without words. */
export const readingTime = (words: number): string | null =>
  words > 0 ? `${Math.max(1, Math.round(words / WORDS_PER_MINUTE))} min` : null;
