/** The kinds of page that are counted. A chapter belongs to a story, and both are counted. */
export type TargetKind = "story" | "chapter";

/** A story or a chapter. */
export interface Target {
  kind: TargetKind;
  id: number;
}

/** A target with the story that determines its shard: a chapter and its story always share one. */
export interface PlacedTarget extends Target {
  storyId: number;
}

/** The device class of a reader's browser. */
export type Device = "desktop" | "mobile" | "tablet" | "other";

/**
 * A view of one target by one viewer. `key(day)` is the viewer's key for this target under the salt of that UTC day
 * (days since 1970): constant for a signed-in user, different every day for an anonymous reader. Stores request the days
 * they look up, so that no reader is counted twice across midnight. Only the day of the view and its neighbours are known.
 */
export interface Offer extends PlacedTarget {
  key(day: number): string;
  /**
   * The anonymous key under which the same reader may have been counted before signing in. Stores look it up, at times before the view,
   * and never remember the view under it. Absent but for a reader who signed in within the last window.
   */
  formerKey?(day: number): string;
}

/** A view on its way to a store: the page itself first, then, for a chapter, its story. */
export interface View {
  offers: [Offer, ...Offer[]];
  /** Unix ms. Set only when a view is replayed (journal, import, tests); otherwise the store's clock applies. */
  at?: number;
  /** The web process's clock, Unix ms: it decides which day's key is the current one when `at` is not given. */
  seenAt: number;
  /** Host of the referring page, lower case, or "direct", or the campaign of a tagged link (`campaign:source/medium/name`). */
  referrer: string;
  device: Device;
}

/** A store's answer to one offer. */
export interface CountResult {
  counted: boolean;
  /** Redis: the target's unsynced views. Database: the target's `readCount`. */
  count: number;
}

/** Formats a target as `story:7`, for map keys and messages. */
export const targetKey = (target: Target) => `${target.kind}:${target.id}`;
