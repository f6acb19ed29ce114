import { bucketOf, type Span } from "~/shared/series";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Up to about this many points, a chart stays fast and its bars can be told apart. */
const MAX_POINTS = 600;

export interface StoryRange {
  key: string;
  label: string;
  /** Follows a number of views: "in the last 30 days". */
  words: string;
  /** Null for all time, since the first view. */
  seconds: number | null;
  stepSeconds: number;
  /** How much earlier the compared period is: whole weeks, so that weekdays match. */
  compare: { seconds: number; words: string } | null;
}

export const STORY_RANGES: readonly StoryRange[] = [
  {
    key: "48h",
    label: "48 h, hourly",
    words: "in the last 48 hours",
    seconds: 48 * HOUR,
    stepSeconds: HOUR,
    compare: { seconds: WEEK, words: "in the same hours a week earlier" },
  },
  {
    key: "7d",
    label: "7 days",
    words: "in the last 7 days",
    seconds: WEEK,
    stepSeconds: DAY,
    compare: { seconds: WEEK, words: "on the same weekdays a week earlier" },
  },
  {
    key: "30d",
    label: "30 days",
    words: "in the last 30 days",
    seconds: 30 * DAY,
    stepSeconds: DAY,
    compare: { seconds: 5 * WEEK, words: "on the same weekdays 5 weeks earlier" },
  },
  {
    key: "90d",
    label: "90 days",
    words: "in the last 90 days",
    seconds: 90 * DAY,
    stepSeconds: DAY,
    compare: { seconds: 13 * WEEK, words: "on the same weekdays 13 weeks earlier" },
  },
  {
    key: "1y",
    label: "1 year",
    words: "in the last 365 days",
    seconds: 365 * DAY,
    stepSeconds: DAY,
    compare: { seconds: 53 * WEEK, words: "on the same weekdays 53 weeks earlier" },
  },
  { key: "all", label: "All", words: "since the first view", seconds: null, stepSeconds: DAY, compare: null },
];

const DEFAULT_KEY = "30d";

/** The range with this key; 30 days for any other key. */
export const storyRange = (key: string | null): StoryRange => {
  const found =
    STORY_RANGES.find((range) => range.key === key) ??
    STORY_RANGES.find((range) => range.key === DEFAULT_KEY);
  if (!found) throw new Error(`There is no story range ${DEFAULT_KEY}.`);
  return found;
};

/** The buckets of a range up to now, in UTC days and weeks. "All" starts at `firstAt`. Times are Unix ms. */
export function storySpan(range: StoryRange, now: number, firstAt: number): Span {
  const start = range.seconds === null ? firstAt : now - range.seconds * 1000 + range.stepSeconds * 1000;
  const tooMany = (now - start) / (range.stepSeconds * 1000) > MAX_POINTS;
  const stepSeconds = tooMany ? WEEK : range.stepSeconds;
  return { from: bucketOf(start, stepSeconds), to: now, stepSeconds };
}

/** The period of one bar: "hour", "day" or "week". */
export const stepName = (stepSeconds: number) =>
  stepSeconds === HOUR ? "hour" : stepSeconds === DAY ? "day" : "week";
