/** Where a view was counted, or would have been. */
export type CountedIn = "redis" | "database" | "journal" | "none";

/** Why a view may not count. Kept as a counter per story, and sent in the `X-Tidemark-Outcome` header. */
export type Exclusion = "robot" | "no-user-agent" | "prefetch" | "author" | "unpublished" | "privacy-signal";

/** Views that may not count, per story id and reason. */
export type ExclusionCounts = Map<number, Map<Exclusion, number>>;

/** Why a view was not counted. */
export type Reason =
  | Exclusion
  /** The viewer has a counted view of this target within the window. */
  | "duplicate"
  /** Kept in the journal; a store decides whether it counts once one is back. */
  | "journalled"
  /** Refused by every store and by the journal: the reader may try again. */
  | "unavailable"
  | "unknown-target"
  /** The request came from another site, or was larger than any beacon. */
  | "refused";

/** The result of a view. A value, never an exception, so that a page always has something to show. */
export interface Outcome {
  counted: boolean;
  /** True when this view was counted: the reader's first of the page in the window. */
  isFirstView: boolean;
  path: CountedIn;
  reason?: Reason;
  /** Views of the page: `readCount` plus what the sync has not carried yet; null when neither store answered. */
  viewCount: number | null;
}

/** The outcome of a view that was not counted. */
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
