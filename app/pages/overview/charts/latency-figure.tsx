import { lazy } from "react";
import type { ComparedSeries } from "~/shared/compare";
import { formatMilliseconds, formatStep } from "~/shared/format";
import { useRemarks } from "~/ui/charts/annotations-context";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { LineSwatch } from "~/ui/charts/swatch";
import { SeriesTable } from "~/ui/tables/series-table";
import type { SampleColumn } from "../queries/samples";

const TimeLines = lazy(() => import("~/ui/charts/time-lines"));
const LINES: { key: "p50" | "p99"; label: string; color: string; dash?: string }[] = [
  { key: "p99", label: "99% took less", color: "var(--ink-muted)", dash: "4 3" },
  { key: "p50", label: "half took less", color: "var(--ink)" },
];

/** How long recording a view took, over time. */
export function LatencyFigure({
  samples,
  query,
}: {
  samples: {
    series: ComparedSeries<SampleColumn>;
    before: string | null;
    latencyTitle: string;
  };
  query: string;
}) {
  const { series, latencyTitle, before } = samples;
  const remarks = useRemarks(
    series.points.map((point) => point.at),
    series.stepSeconds,
  );
  return (
    <ChartFigure
      title={latencyTitle}
      legend={
        <>
          {LINES.map((line) => (
            <LegendItem key={line.key} mark={<LineSwatch color={line.color} dash={line.dash} />}>
              {line.label}
            </LegendItem>
          ))}
          {before && (
            <LegendItem mark={<LineSwatch color="var(--ink)" thin />}>half took less, {before}</LegendItem>
          )}
          <span className="basis-full">
            Milliseconds, per {formatStep(series.stepSeconds)}, on a logarithmic scale; ring: not finished
          </span>
        </>
      }
      note="p50 is the mean of the processes' medians, weighted by their views; p99 is the worst process."
      table={
        <SeriesTable
          caption="Latency of recording a view"
          points={series.points}
          stepSeconds={series.stepSeconds}
          remarks={remarks}
          columns={[
            { key: "p50", label: "p50", format: formatMilliseconds },
            { key: "p99", label: "p99", format: formatMilliseconds },
          ]}
        />
      }
      csv={`/admin/chart/latency.csv${query}`}
      raw={{ href: "/admin/raw/samples.csv", label: "All rows (samples.csv)" }}
    >
      <TimeLines
        points={series.points}
        stepSeconds={series.stepSeconds}
        lines={LINES}
        format={formatMilliseconds}
        before={before ? { words: before, key: "p50" } : null}
      />
    </ChartFigure>
  );
}
