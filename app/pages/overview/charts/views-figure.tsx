import { formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import { MODE_STYLES } from "~/ui/charts/series-style";
import type { SamplesFigureProps } from "../panel-data";

const PATHS = ["redis", "database", "journal"] as const;

/** Views by the path on which they were counted. */
export function ViewsFigure({ samples, query }: SamplesFigureProps) {
  const { series, counted, before } = samples;
  return (
    <SeriesFigure
      title={samples.viewsTitle}
      series={series}
      styles={PATHS.map((key) => ({ key, ...MODE_STYLES[key], total: counted[key] }))}
      drawAs="bars"
      comparison={before === null ? null : { label: `All, ${before}`, columns: [...PATHS] }}
      measure={`Views per ${formatStep(series.stepSeconds)}`}
      height={240}
      table={{
        caption: "Views by path",
        columns: [
          ...PATHS.map((key) => ({ key, label: `${MODE_STYLES[key].label} (views)` })),
          { key: "failed", label: "Refused (views)" },
        ],
      }}
      csv={`/admin/chart/views.csv${query}`}
      raw="samples.csv"
      note={[samples.viewsNote, samples.comparison].filter(Boolean).join(" ")}
      emptyNote="No reports in this range. A process writes its first report 10 seconds after it starts."
    />
  );
}
