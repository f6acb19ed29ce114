import { lazy } from "react";
import { formatDuration, formatElapsed } from "~/shared/format";
import type { Series } from "~/shared/series";
import { useRemarks } from "~/ui/charts/annotations-context";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { DotSwatch } from "~/ui/charts/swatch";
import { SeriesTable } from "~/ui/tables/series-table";
import type { SyncColumn, SyncEvent } from "../queries/sync-series";
import { chartEvents } from "./sync-events";

const TimeLines = lazy(() => import("~/ui/charts/time-lines"));

interface DurationFigureProps {
  syncs: { series: Series<SyncColumn>; events: SyncEvent[]; title: string };
  query: string;
}

/** How long the syncs took, each where it began. */
export function DurationFigure({ syncs, query }: DurationFigureProps) {
  const { series, events, title } = syncs;
  const failures = events.filter((event) => event.kind === "failed");
  return (
    <ChartFigure
      title={title}
      height={180}
      legend={
        <>
          <LegendItem mark={<DotSwatch color="var(--accent)" />}>the slowest sync</LegendItem>
          <span className="basis-full">
            Time that a sync took, per {formatDuration(series.stepSeconds)}, on a logarithmic scale
            {failures.length > 0 && "; red: one failed"}
          </span>
        </>
      }
      table={
        <SeriesTable
          caption="Syncs"
          points={series.points.filter((point) => point.values)}
          stepSeconds={series.stepSeconds}
          remarks={useRemarks(
            series.points.map((point) => point.at),
            series.stepSeconds,
          )}
          columns={[
            { key: "duration", label: "Slowest took", format: formatElapsed },
            { key: "moved", label: "Moved (views)" },
            { key: "failed", label: "Failed (syncs)" },
          ]}
        />
      }
      csv={`/admin/chart/syncs.csv${query}`}
      raw={{ href: "/admin/raw/sync-runs.csv", label: "All rows (sync-runs.csv)" }}
    >
      <TimeLines
        points={series.points}
        stepSeconds={series.stepSeconds}
        lines={[{ key: "duration", label: "The slowest sync", color: "var(--accent)" }]}
        format={formatElapsed}
        events={chartEvents(failures)}
        dotsOnly
        none="no sync"
      />
    </ChartFigure>
  );
}
