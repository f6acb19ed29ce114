import { memo } from "react";
import { formatNumber, formatStep } from "~/shared/format";
import { SeriesFigure } from "~/ui/charts/series-figure";
import { type KeyedStyle, MODE_STYLES } from "~/ui/charts/series-style";
import type { PanelData, SamplesFigureProps } from "../panel-data";
import { withHistory } from "../with-history";

const PATHS = ["redis", "database", "journal"] as const;
const UNSAMPLED: KeyedStyle<"history"> = {
  key: "history",
  label: "Path not recorded",
  color: "var(--edge)",
};
interface ViewsFigureProps extends SamplesFigureProps {
  /** Views of times without reports; null for a short range, or if they could not be read. */
  history: PanelData<"history">;
}

/** Views by the path on which they were counted. */
export const ViewsFigure = memo(function ViewsFigure({ samples, history, query }: ViewsFigureProps) {
  const { series, counted, before } = samples;
  const unsampled = history?.views.reduce((sum, [, views]) => sum + views, 0) ?? 0;
  return (
    <SeriesFigure
      title={
        unsampled
          ? `${samples.viewsTitle}; ${formatNumber(unsampled)} more without reports`
          : samples.viewsTitle
      }
      series={withHistory(series, history)}
      styles={[
        ...PATHS.map((key) => ({ key, ...MODE_STYLES[key], total: counted[key] })),
        ...(unsampled ? [{ ...UNSAMPLED, total: unsampled }] : []),
      ]}
      drawAs="bars"
      comparison={before === null ? null : { label: `All, ${before}`, columns: [...PATHS] }}
      measure={`Views per ${formatStep(series.stepSeconds)}`}
      height={240}
      table={{
        caption: "Views by path",
        columns: [
          ...PATHS.map((key) => ({ key, label: `${MODE_STYLES[key].label} (views)` })),
          ...(unsampled ? [{ key: UNSAMPLED.key, label: `${UNSAMPLED.label} (views)` }] : []),
          { key: "failed" as const, label: "Refused (views)" },
        ],
      }}
      csv={`/admin/chart/views.csv${query}`}
      raw="samples.csv"
      note={[samples.viewsNote, samples.comparison].filter(Boolean).join(" ")}
      openOnPhones
      emptyNote="No reports in this range. A process reports for the first time 10 seconds after it starts: select a longer range, or wait."
    />
  );
});
