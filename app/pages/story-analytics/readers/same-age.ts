/** Chapters are compared over this time after their publication, ms: 30 days. */
export const COMPARED_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
/** A step is called the worst only from so many reads of the chapter before, and from such an age: fewer say nothing. */
const LEAST_READS = 20;
const LEAST_AGE_MS = 86_400_000;

/** A chapter with the hour of its publication, Unix ms; null if it is a draft, or if its first reads were not counted by hour. */
export interface AgedChapter {
  id: number;
  startedAt: number | null;
}

/** A chapter and the one that it is compared with, both over the same time after their own publication. */
export interface SameAge {
  chapterId: number;
  baseId: number;
  ageMs: number;
}

/** The reads of both, and what share of the base's reads the chapter has; null if the base has none. */
export interface SameAgeReads extends SameAge {
  reads: number;
  baseReads: number;
  share: number | null;
}

/** Reads of a chapter in its first `ageMs`. */
export type ReadsAt = (chapterId: number, ageMs: number) => number;

/**
 * How a chapter can be compared with another one: over its first 30 days, or over the age of the younger one. `until` (Unix ms) is the end
 * of the hours that are counted in full. Null while there is no such hour, or if either has no hour of publication.
 */
export function sameAge(chapter: AgedChapter, base: AgedChapter | undefined, until: number): SameAge | null {
  if (!base || chapter.startedAt === null || base.startedAt === null) return null;
  const age = Math.min(COMPARED_MS, until - chapter.startedAt, until - base.startedAt);
  const ageMs = Math.floor(age / HOUR_MS) * HOUR_MS;
  return ageMs > 0 ? { chapterId: chapter.id, baseId: base.id, ageMs } : null;
}

/** A comparison with its numbers. */
export function measure(pair: SameAge, readsAt: ReadsAt): SameAgeReads {
  const reads = readsAt(pair.chapterId, pair.ageMs);
  const baseReads = readsAt(pair.baseId, pair.ageMs);
  return { ...pair, reads, baseReads, share: baseReads > 0 ? reads / baseReads : null };
}

/** Of comparisons of chapters with the chapter before, the one that loses the largest share; null if none loses reads. */
export function findWorst(steps: (SameAgeReads | null)[]): SameAgeReads | null {
  const lossOf = (step: SameAgeReads) => 1 - (step.share ?? 1);
  return steps.reduce<SameAgeReads | null>((worst, step) => {
    if (!step || step.baseReads < LEAST_READS || step.ageMs < LEAST_AGE_MS) return worst;
    return lossOf(step) > (worst ? lossOf(worst) : 0) ? step : worst;
  }, null);
}
