import { type SampleRange, spanOf } from "~/shared/series";
import type { OverviewPanel } from "../overview-panel";
import { readUnsampledViews } from "../queries/unsampled-views";

/** Ranges from a day on are made up from the history, which is kept by the hour. */
const SHORTEST_SECONDS = 86_400;

export interface History {
  stepSeconds: number;
  /** Views of hours in which no process reported, by bucket, Unix ms. */
  views: [at: number, views: number][];
}

/** Views that no sample knows of, from the hourly history; null for ranges that are too short for it. */
export const history: OverviewPanel<History | null> = {
  name: "The hourly history",
  rereadAfter: ["sync"],
  read: async ({ db }, { range }, now) =>
    range.seconds < SHORTEST_SECONDS ? null : readUnsampledViews(db, historySpan(range, now)),
};

const historySpan = (range: SampleRange, now: Date) =>
  spanOf({ ...range, stepSeconds: Math.max(range.stepSeconds, 3600) }, now.getTime());
