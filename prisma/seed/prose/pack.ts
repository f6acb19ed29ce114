/**
 * The words of one genre. In every text `{…}` is a name or thing that stays the same through a story or chapter, `[…]`
 * draws anew from `words`, and `(x|y)` draws one of its alternatives; prose.ts explains each.
 */
export interface Pack {
  places: string[];
  /** Bare singular nouns: "brass sextant". One is what the chapter turns on. */
  things: string[];
  words: Record<string, string[]>;
  openings: string[];
  details: string[];
  actions: string[];
  thoughts: string[];
  turns: string[];
  closings: string[];
  /** Short conversations, one speech a line. */
  talks: string[][];
  chapterTitles: string[];
}
