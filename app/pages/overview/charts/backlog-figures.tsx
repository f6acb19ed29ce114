import { lazy } from "react";
import type { ComparedSeries } from "~/shared/compare";
import { formatCount, formatDuration } from "~/shared/format";
import { useRemarks } from "~/ui/charts/annotations-context";
import { formatAxisNumber } from "~/ui/charts/axis";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { formatAxisDuration } from "~/ui/charts/format-axis-duration";
import { LineSwatch } from "~/ui/charts/swatch";
import { SeriesTable } from "~/ui/tables/series-table";
import type { BacklogColumn } from "../queries/samples";
import type { SyncEvent } from "../queries/sync-series";
import { chartEvents, EVENT_STYLES } from "./sync-events";

const TimeLines = lazy(() => import("~/ui/charts/time-lines"));

interface Samples {
  backlog: ComparedSeries<BacklogColumn>;
  before: string | null;
  bufferTitle: string;
  lagTitle: string;
}

const BUFFER = { key: "buffered" as const, label: "Waiting in Redis", color: "var(--path-redis)" };
const LAG = { key: "lag" as const, label: "Oldest waiting view", color: "var(--ink)" };

const useBacklogRemarks = (series: Samples["backlog"]) =>
  useRemarks(
    series.points.map((point) => point.at),
    series.stepSeconds,
  );

/** How many views wait in Redis for the sync, over time. */
export function BufferFigure({ samples, query }: { samples: Samples; query: string }) {
  const { backlog, before, bufferTitle } = samples;
  return (
    <ChartFigure
      title={bufferTitle}
      height={180}
      legend={
        <>
          <LegendItem mark={<LineSwatch color={BUFFER.color} />}>waiting in Redis</LegendItem>
          {before && (
            <LegendItem mark={<LineSwatch color="var(--ink)" thin />}>the same, {before}</LegendItem>
          )}
          <span className="basis-full">
            Views, the most in {formatDuration(backlog.stepSeconds)}; ring: not finished; hatched: nobody
            could ask
          </span>
        </>
      }
      table={
        <SeriesTable
          caption="Views that waited in Redis"
          points={backlog.points}
          stepSeconds={backlog.stepSeconds}
          remarks={useBacklogRemarks(backlog)}
          columns={[{ key: "buffered", label: "Waiting (views)" }]}
        />
      }
      csv={`/admin/chart/buffer.csv${query}`}
    >
      <TimeLines
        points={backlog.points}
        stepSeconds={backlog.stepSeconds}
        lines={[BUFFER]}
        format={(value) => formatAxisNumber(value)}
        scale="linear"
        before={before ? { words: before, key: "buffered" } : null}
        none="not known"
      />
    </ChartFigure>
  );
}

interface LagFigureProps {
  samples: Samples;
  events: SyncEvent[];
  intervalSeconds: number;
  query: string;
}

/** How old the oldest waiting view was, with the runs of the sync that the schedule asks for. */
export function LagFigure({ samples, events, intervalSeconds, query }: LagFigureProps) {
  const { backlog, lagTitle } = samples;
  const kinds = (Object.keys(EVENT_STYLES) as SyncEvent["kind"][]).filter((kind) =>
    events.some((event) => event.kind === kind),
  );
  return (
    <ChartFigure
      title={lagTitle}
      height={180}
      legend={
        <>
          <LegendItem mark={<LineSwatch color={LAG.color} />}>oldest waiting view</LegendItem>
          {kinds.map((kind) => (
            <LegendItem key={kind} mark={<LineSwatch {...EVENT_STYLES[kind]} thin />}>
              {EVENT_STYLES[kind].name.toLowerCase()}
            </LegendItem>
          ))}
          <LegendItem mark={<LineSwatch color="var(--edge)" dash="6 3" thin />}>
            the sync's interval, {quantityOf(intervalSeconds)}
          </LegendItem>
          <span className="basis-full">
            Age, the most in {formatDuration(backlog.stepSeconds)}; ring: not finished
          </span>
        </>
      }
      table={
        <SeriesTable
          caption="Age of the oldest waiting view"
          points={backlog.points}
          stepSeconds={backlog.stepSeconds}
          remarks={useBacklogRemarks(backlog)}
          columns={[{ key: "lag", label: "Oldest waiting view (age)", format: formatDuration }]}
        />
      }
      csv={`/admin/chart/lag.csv${query}`}
      note={
        backlog.points.every((point) => point.values === null)
          ? "The worker reports it every 10 seconds while Redis answers."
          : undefined
      }
    >
      <TimeLines
        points={backlog.points}
        stepSeconds={backlog.stepSeconds}
        lines={[LAG]}
        format={formatAxisDuration}
        scale="time"
        events={chartEvents(events)}
        level={intervalSeconds}
        none="not known"
      />
    </ChartFigure>
  );
}

const quantityOf = (seconds: number) =>
  seconds % 3600 === 0 ? formatCount(seconds / 3600, "hour") : formatDuration(seconds);
