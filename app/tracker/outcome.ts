/** Where a view was counted, or would have been. */
export type CountedIn = "redis" | "database" | "journal" | "none";

/** Why a view was not counted. Kept as a counter a story, and said in the `X-Tidemark-Outcome` header. */
export type Exclusion = "robot" | "no-user-agent" | "prefetch" | "author" | "unpublished" | "privacy-signal";

export type Reason =
  | Exclusion
  /** The viewer has a counted view of this target within the window. */
  | "duplicate"
  /** Kept in the journal; whether it counts is decided when a store is back. */
  | "journalled"
  /** No store would take it, the journal included: the reader may try again. */
  | "unavailable"
  | "unknown-target"
  /** The request came from another site, or was larger than a beacon can be. */
  | "refused";

/** What became of a view. A value, never an exception: a page always has something to say. */
export interface Outcome {
  counted: boolean;
  /** True when this view was counted: the reader's first of the page in the window. */
  isFirstView: boolean;
  path: CountedIn;
  reason?: Reason;
  /** `readCount` plus what waits in Redis, of the page that was viewed; null when nobody could be asked. */
  viewCount: number | null;
}

export const notCounted = (
  reason: Reason,
  viewCount: number | null = null,
  path: CountedIn = "none",
): Outcome => ({
  counted: false,
  isFirstView: false,
  path,
  reason,
  viewCount,
});
