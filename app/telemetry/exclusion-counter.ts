import type { Exclusion, ExclusionCounts } from "~/tracker/outcome";

/** Counts in memory why views were not counted, per story, until `take` hands the counts over. */
export function createExclusionCounter() {
  let counts: ExclusionCounts = new Map();
  return {
    add(storyId: number, reason: Exclusion) {
      const story = counts.get(storyId) ?? new Map<Exclusion, number>();
      story.set(reason, (story.get(reason) ?? 0) + 1);
      counts.set(storyId, story);
    },
    /** Returns the counts since the last call. */
    take(): ExclusionCounts {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}
