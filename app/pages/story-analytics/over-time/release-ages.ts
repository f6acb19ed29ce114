/** More curves could not be told apart. */
export const MAX_CURVES = 8;

/** How far curves go, in days after publication, and their steps. */
export const RELEASE_AGES = {
  "7": { days: 7, stepHours: 6 },
  "30": { days: 30, stepHours: 24 },
} as const;
export type ReleaseAge = keyof typeof RELEASE_AGES;

/** The age in an address; 30 days for anything else. */
export const releaseAge = (text: string | null): ReleaseAge => (text === "7" ? "7" : "30");
