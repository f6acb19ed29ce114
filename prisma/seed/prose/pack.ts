/**
 * The words of one genre. In every text, `{…}` is a name or thing that stays the same throughout a story or chapter, `[…]`
 * is drawn from `words` each time, and `(x|y)` is one of the alternatives. prose.ts fills them in.
 */
export interface Pack {
  places: string[];
  /** Bare singular nouns: "brass sextant". Each chapter is about one of them. */
  things: string[];
  words: Record<string, string[]>;
  openings: string[];
  details: string[];
  actions: string[];
  thoughts: string[];
  turns: string[];
  closings: string[];
  /** Short conversations, one line per speaker. */
  talks: string[][];
  chapterTitles: string[];
}
