import { memo } from "react";
import { formatElapsed, formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import { logAxis } from "~/ui/charts/value-axis";
import type { PanelData } from "../panel-data";
import { chartEvents } from "./sync-events";

interface SyncDurationFigureProps {
  syncs: PanelData<"syncs">;
  query: string;
}

const DOTS: KeyedStyle<"duration">[] = [{ key: "duration", label: "Slowest sync", color: "var(--accent)" }];
const AXIS = logAxis(formatElapsed);

/** How long the syncs took, each at the time it started. */
export const SyncDurationFigure = memo(function SyncDurationFigure({
  syncs,
  query,
}: SyncDurationFigureProps) {
  const { series, events } = syncs;
  return (
    <SeriesFigure
      title={syncs.title}
      series={series}
      styles={DOTS}
      drawAs="dots"
      axis={AXIS}
      events={chartEvents(events.filter(({ kind }) => kind === "failed"))}
      missing="no sync"
      measure={`Slowest per ${formatStep(series.stepSeconds)}, log scale`}
      table={{
        caption: "Syncs",
        columns: [
          { key: "duration", label: "Slowest took", format: formatElapsed },
          { key: "moved", label: "Moved (views)" },
          { key: "failed", label: "Failed (syncs)" },
        ],
        skipEmpty: true,
      }}
      csv={`/admin/chart/syncs.csv${query}`}
      raw="sync-runs.csv"
    />
  );
});
