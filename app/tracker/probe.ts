import type { View } from "./view";

/**
 * The story that drills' probe views are counted for. There is none with this id, so they are on no page, in no total of a story and in
 * no export; the ledger, the fallback rows and the hourly history have them as they have any other view. Sums over all targets
 * must leave it out.
 */
export const PROBE_STORY_ID = 0;

/** A view by a viewer who exists nowhere else, for the story that does not exist. */
export const probeView = (viewer: string, now: number): View => ({
  offers: [{ kind: "story", id: PROBE_STORY_ID, storyId: PROBE_STORY_ID, key: () => viewer }],
  seenAt: now,
  referrer: "direct",
  device: "other",
});
