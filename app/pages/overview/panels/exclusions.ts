import { formatCount, formatPercent } from "~/shared/format";
import { EXCLUSION_LABELS, EXCLUSIONS } from "~/shared/labels";
import { bucketOf, type SampleRange, type Series, total } from "~/shared/series";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { Exclusion } from "~/tracker/outcome";
import { inRange, type OverviewPanel } from "../overview-panel";
import { readExclusions } from "../queries/exclusions";

interface Exclusions {
  series: Series<Exclusion>;
  title: string;
  /** Buckets from here on may still grow, Unix ms: their reasons may be waiting to sync. Null before the first sync. */
  growsFrom: number | null;
}

/** Why visits were excluded; null for ranges that are too short for hourly data. */
export const exclusions: OverviewPanel<Exclusions | null> = {
  name: "The reasons for exclusion",
  rereadAfter: ["sync", "sample"],
  async read({ db }, { range }, now) {
    const [series, lastGood] = await Promise.all([readExclusions(db, range, now), findLastGoodSync(db)]);
    return (
      series && {
        series,
        title: exclusionsTitle(series, range),
        growsFrom: lastGood ? bucketOf(lastGood.startedAt.getTime(), series.stepSeconds) : null,
      }
    );
  },
};

function exclusionsTitle(series: Series<Exclusion>, range: SampleRange) {
  const sums = EXCLUSIONS.map((reason) => ({ reason, sum: total(series, reason) }));
  const all = sums.reduce((found, { sum }) => found + sum, 0);
  if (all === 0) return `Reasons · no visits excluded ${inRange(range)}, up to the last sync`;
  const main = sums.reduce((found, each) => (each.sum > found.sum ? each : found));
  return `Reasons · ${formatCount(all, "visit")} excluded ${inRange(range)}, most: ${EXCLUSION_LABELS[main.reason]}, ${formatPercent(main.sum / all)}`;
}
