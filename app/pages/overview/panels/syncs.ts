import { formatCount, formatElapsed, formatNumber } from "~/shared/format";
import { type SampleRange, spanOf, total } from "~/shared/series";
import { inRange, type OverviewPanel } from "../overview-panel";
import { readSyncSeries, type SyncSeries } from "../queries/sync-series";

/** The syncs over the range, and their interval. */
export const syncs: OverviewPanel<SyncSeries & { intervalSeconds: number; title: string }> = {
  name: "The history of syncs",
  rereadAfter: ["sync", "sample"],
  async read({ db, syncIntervalHours }, { range }, now) {
    const intervalSeconds = syncIntervalHours * 3600;
    const series = await readSyncSeries(db, spanOf(range, now.getTime()), intervalSeconds, now.getTime());
    return { ...series, intervalSeconds, title: durationTitle(series, range) };
  },
};

function durationTitle({ series, runs }: SyncSeries, range: SampleRange) {
  if (runs === 0) return `Syncs · none ${inRange(range)}`;
  const slowest = Math.max(0, ...series.points.flatMap((point) => point.values?.duration ?? []));
  const failed = total(series, "failed");
  return [
    `Syncs · ${formatNumber(runs)} ${inRange(range)}, moved ${formatCount(total(series, "moved"), "view")}`,
    ...(slowest ? [`slowest ${formatElapsed(slowest)}`] : []),
    ...(failed ? [`${formatNumber(failed)} failed`] : []),
  ].join(", ");
}
