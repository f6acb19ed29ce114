/** A page view of the past, as a line tells of it. */
export interface Visit {
  /** As the path or the column names the story, and the chapter; undefined for the story's own page. */
  story: string;
  chapter: string | undefined;
  /** Unix ms. */
  at: number;
  /** How the file names the reader; null where only the address and the browser tell readers apart. */
  reader: string | null;
  address: string | null;
  /** Null when the browser sent none, undefined when the file does not say. */
  agent: string | null | undefined;
  referrer: string | null;
  /** Request headers that decide whether a view counts, by their lower-case names. */
  headers: Record<string, string>;
}

/** What became of a line, or of a record of several lines. */
export type ReadLine = { number: number } & (
  | { is: "visit"; visit: Visit }
  /** It does not fit the format; `why` is for a person, without readers' own data. */
  | { is: "malformed"; why: string }
  /** Of a page that no pattern of the map matches. */
  | { is: "unmatched"; path: string }
  | { is: "left-out"; reason: "no-time" | "no-address" | "no-reader" }
  /** Not a page view. */
  | { is: "other" }
);

/** Reads the lines of one file, in order. */
export interface LineReader {
  /** Follows the format of lines that were read before. */
  skip(line: string): void;
  /** What the line completes: nothing while a record goes on. */
  add(text: string, whole: boolean, number: number): ReadLine[];
  /** What the end of the file completes. */
  end(): ReadLine[];
  /** Whether a record has begun that is not complete. */
  isWithinRecord(): boolean;
}
