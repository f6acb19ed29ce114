import { memo } from "react";
import { formatStep } from "~/shared/format";
import { total } from "~/shared/series";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { SamplesFigureProps } from "../panel-data";

const BARS: KeyedStyle<"duplicates" | "excluded">[] = [
  { key: "duplicates", label: "Repeats", color: "var(--accent)" },
  { key: "excluded", label: "Others", color: "var(--ink-muted)", texture: "hatched" },
];

/** Visits that were not counted: repeats within the dedupe window, and excluded visits. */
export const NotCountedFigure = memo(function NotCountedFigure({ samples, query }: SamplesFigureProps) {
  const { series, before } = samples;
  return (
    <SeriesFigure
      title={samples.notCountedTitle}
      series={series}
      styles={BARS.map((bar) => ({ ...bar, total: total(series, bar.key) }))}
      drawAs="bars"
      comparison={before === null ? null : { label: `Both, ${before}`, columns: BARS.map(({ key }) => key) }}
      measure={`Visits per ${formatStep(series.stepSeconds)}`}
      table={{ caption: "Repeats and excluded visits" }}
      csv={`/admin/chart/left-out.csv${query}`}
    />
  );
});
