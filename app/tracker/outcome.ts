/** Where a view was counted, or would have been. */
export type CountedIn = "redis" | "database" | "journal" | "none";

/** Why a view may not count. Kept as a counter per story, and sent in the `X-Tidemark-Outcome` header. */
export type Exclusion =
  | "robot"
  | "automated"
  | "no-user-agent"
  | "prefetch"
  | "author"
  | "unpublished"
  /** The reader asked for none of their views to be counted. */
  | "opted-out"
  | "privacy-signal"
  /** Its block of addresses has had more views than readers have. */
  | "too-many";

/** Views that may not count, per story id and reason. */
export type ExclusionCounts = Map<number, Map<Exclusion, number>>;

/** Why a view was not counted. */
export type Reason =
  | Exclusion
  /** The viewer has a counted view of this target within the window. */
  | "duplicate"
  /** Kept in the journal; once a store is back, it decides whether the view counts. */
  | "journalled"
  /** Refused by every store and by the journal; the reader may try again. */
  | "unavailable"
  | "unknown-target"
  /** The request came from another site, or was larger than a beacon can be. */
  | "refused";

/** The result of a view. A value, never an exception, so that a page always has something to show. */
export interface Outcome {
  counted: boolean;
  /** True when this view was counted: the reader's first view of the page within the window. */
  isFirstView: boolean;
  path: CountedIn;
  reason?: Reason;
  /** Views of the page: `readCount` plus the unsynced ones; null when the view was not offered to a store, or none answered. */
  viewCount: number | null;
}

/** Builds the outcome of a view that was not counted. */
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
