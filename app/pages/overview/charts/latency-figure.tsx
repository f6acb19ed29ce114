import { memo } from "react";
import { formatLatency, formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import { logAxis } from "~/ui/charts/value-axis";
import type { SamplesFigureProps } from "../panel-data";

const LINES: KeyedStyle<"p50" | "p99">[] = [
  { key: "p99", label: "p99", color: "var(--ink-muted)", dash: "4 3" },
  { key: "p50", label: "p50", color: "var(--ink)" },
];
const AXIS = logAxis(formatLatency);

/** How long it took to record a view. */
export const LatencyFigure = memo(function LatencyFigure({ samples, query }: SamplesFigureProps) {
  const { series, before } = samples;
  return (
    <SeriesFigure
      title={samples.latencyTitle}
      series={series}
      styles={LINES}
      drawAs="lines"
      axis={AXIS}
      comparison={before === null ? null : { label: `p50, ${before}`, columns: ["p50"] }}
      missing="not measured"
      measure={`Time to record a view, per ${formatStep(series.stepSeconds)}, log scale`}
      height={240}
      table={{
        caption: "Latency of recording a view",
        columns: [
          { key: "p50", label: "p50", format: formatLatency },
          { key: "p99", label: "p99", format: formatLatency },
        ],
      }}
      csv={`/admin/chart/latency.csv${query}`}
      raw="samples.csv"
      emptyNote="No views were timed in this range. Open a story to see one."
    />
  );
});
