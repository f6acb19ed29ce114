import { formatCount, formatStep } from "~/shared/format";
import { total } from "~/shared/series";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { ThroughputSeries } from "./throughput-series";

const BARS: KeyedStyle<"completed" | "failed">[] = [
  { key: "completed", label: "Completed", color: "var(--path-redis)", texture: "solid" },
  { key: "failed", label: "Failed", color: "var(--alarm)", texture: "hatched" },
];

/** The jobs that ended, over time. */
export function ThroughputFigure({ series, words }: { series: ThroughputSeries; words: string }) {
  const completed = total(series, "completed");
  const failed = total(series, "failed");
  const title =
    completed + failed === 0
      ? `No job ended in ${words}`
      : `${formatCount(completed, "job")} completed in ${words}, ${failed === 0 ? "none" : formatCount(failed, "job")} failed`;
  return (
    <SeriesFigure
      openOnPhones
      title={title}
      series={series}
      styles={BARS.map((style) => ({ ...style, total: total(series, style.key) }))}
      drawAs="bars"
      missing="unknown"
      measure={`Jobs per ${formatStep(series.stepSeconds)}`}
      height={140}
      table={{
        caption: "Jobs that ended",
        columns: [
          { key: "completed", label: "Completed (jobs)" },
          { key: "failed", label: "Failed (jobs)" },
        ],
        skipEmpty: true,
      }}
      emptyNote="The worker counts jobs from the first one that ends."
    />
  );
}
