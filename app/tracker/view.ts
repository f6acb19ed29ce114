/** What can be viewed. A chapter belongs to a story, and both are counted. */
export type TargetKind = "story" | "chapter";

export interface Target {
  kind: TargetKind;
  id: number;
}

/** A target and the story whose shard it lives in: a chapter and its story always share one. */
export interface PlacedTarget extends Target {
  storyId: number;
}

export type Device = "desktop" | "mobile" | "tablet" | "other";

/**
 * One viewer in front of one target. `key(day)` is the viewer's key for this target under the salt of that UTC day
 * (days since 1970): constant for a signed-in user, another one every day for an anonymous reader. Stores ask for the
 * days they look up, so that midnight counts nobody twice. Only the day of the view and its two neighbours are known.
 */
export interface Offer extends PlacedTarget {
  key(day: number): string;
}

/** A view on its way to a store: the page itself first, then, for a chapter, its story. */
export interface View {
  offers: [Offer, ...Offer[]];
  /** Unix ms. Only a caller that replays a view (journal, import, tests) sets it; otherwise the store's clock counts. */
  at?: number;
  /** The page's clock, Unix ms, used for which day's key is the current one when `at` is not given. */
  seenAt: number;
  /** Host of the referring page, lower case, or "direct". */
  referrer: string;
  device: Device;
}

/** What a store says of one offer. */
export interface CountResult {
  counted: boolean;
  /** Redis: views of the target that the sync has not carried yet. Database: the target's `readCount`. */
  count: number;
}

/** `story:7`, for maps and messages. */
export const targetKey = (target: Target) => `${target.kind}:${target.id}`;
