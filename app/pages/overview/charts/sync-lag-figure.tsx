import { memo } from "react";
import { formatCount, formatDuration, formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import { durationAxis } from "~/ui/charts/value-axis";
import type { PanelData, SamplesFigureProps } from "../panel-data";
import { chartEvents } from "./sync-events";

interface SyncLagFigureProps extends SamplesFigureProps {
  events: PanelData<"syncs">["events"];
  intervalSeconds: number;
}

const LINES: KeyedStyle<"lag">[] = [{ key: "lag", label: "Oldest waiting view", color: "var(--ink)" }];
const AXIS = durationAxis(formatDuration);

/** The age of the oldest view waiting to sync, with the sync runs, failed and missed ones included. */
export const SyncLagFigure = memo(function SyncLagFigure({
  samples,
  events,
  intervalSeconds,
  query,
}: SyncLagFigureProps) {
  const { unsynced } = samples;
  return (
    <SeriesFigure
      title={samples.lagTitle}
      series={unsynced}
      styles={LINES}
      drawAs="lines"
      axis={AXIS}
      events={chartEvents(events)}
      limit={intervalSeconds}
      limitLabel={`Sync interval, ${inWholeHours(intervalSeconds)}`}
      missing="unknown"
      measure={`Age, most per ${formatStep(unsynced.stepSeconds)}`}
      table={{
        caption: "Age of the oldest waiting view",
        columns: [{ key: "lag", label: "Oldest waiting view (age)", format: formatDuration }],
      }}
      csv={`/admin/chart/lag.csv${query}`}
      emptyNote="The worker reports it every 10 seconds while Redis answers."
    />
  );
});

/** An interval the way it was set: "48 hours", not "2 days". */
const inWholeHours = (seconds: number) =>
  seconds % 3600 === 0 ? formatCount(seconds / 3600, "hour") : formatDuration(seconds);
