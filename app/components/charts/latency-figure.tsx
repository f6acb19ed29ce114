import { lazy } from "react";
import type { SampleColumn } from "../../observe/read-samples";
import type { Series } from "../../observe/series";
import { milliseconds, perStep } from "../../observe/wording";
import { SeriesTable } from "../tables/series-table";
import { ChartFigure, LegendItem } from "./chart-figure";
import { LineSwatch } from "./swatch";

const TimeLines = lazy(() => import("./time-lines"));
const LINES: { key: "p50" | "p99"; label: string; color: string; dash?: string }[] = [
  { key: "p99", label: "99 % took less", color: "var(--ink-muted)", dash: "4 3" },
  { key: "p50", label: "half took less", color: "var(--ink)" },
];

/** How long recording a view took, over time. */
export function LatencyFigure({
  samples,
}: {
  samples: { series: Series<SampleColumn>; latencyTitle: string };
}) {
  const { series, latencyTitle } = samples;
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
          <span className="basis-full">
            Milliseconds, per {perStep(series.stepSeconds)}, on a logarithmic scale; times in UTC
          </span>
        </>
      }
      note="p50 is the mean of the processes' medians, weighted by their views; p99 is the worst process."
      table={
        <SeriesTable
          caption="Latency of recording a view"
          points={series.points}
          stepSeconds={series.stepSeconds}
          columns={[
            { key: "p50", label: "p50", format: milliseconds },
            { key: "p99", label: "p99", format: milliseconds },
          ]}
        />
      }
      raw={{ href: "/admin/raw/samples.csv", label: "All rows (samples.csv)" }}
    >
      <TimeLines
        points={series.points}
        stepSeconds={series.stepSeconds}
        lines={LINES}
        format={milliseconds}
      />
    </ChartFigure>
  );
}
