/** How a page says at once whether a person is needed: a tone, one sentence, and the details. */
export type Tone =
  | "calm"
  /** Something is not as usual, and Tidemark copes. */
  | "notice"
  /** A person is needed now. */
  | "alarm";

export interface StatusSummary {
  tone: Tone;
  headline: string;
  details: string[];
}
