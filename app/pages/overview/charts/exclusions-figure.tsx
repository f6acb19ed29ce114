import { memo } from "react";
import { formatStep } from "~/shared/format";
import { EXCLUSION_LABELS, EXCLUSIONS } from "~/shared/labels";
import { total } from "~/shared/series";
import type { Exclusion } from "~/tracker/outcome";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle, SeriesStyle } from "~/ui/charts/series-style";
import type { PanelData } from "../panel-data";

/** Nine reasons in three colours and three textures: no two share both. */
const STYLES: Record<Exclusion, Omit<SeriesStyle, "label">> = {
  robot: { color: "var(--accent)", texture: "solid" },
  automated: { color: "var(--path-journal)", texture: "hatched" },
  prefetch: { color: "var(--accent)", texture: "hatched" },
  "no-user-agent": { color: "var(--accent)", texture: "dotted" },
  author: { color: "var(--ink-muted)", texture: "solid" },
  unpublished: { color: "var(--ink-muted)", texture: "hatched" },
  "opted-out": { color: "var(--path-journal)", texture: "dotted" },
  "privacy-signal": { color: "var(--ink-muted)", texture: "dotted" },
  "too-many": { color: "var(--path-journal)", texture: "solid" },
};
const BARS: KeyedStyle<Exclusion>[] = EXCLUSIONS.map((key) => ({
  key,
  label: EXCLUSION_LABELS[key],
  ...STYLES[key],
}));

interface ExclusionsFigureProps {
  /** Null for a range that is too short: they are kept per hour. */
  exclusions: PanelData<"exclusions">;
  query: string;
}

/** Why visits were excluded, per hour or longer; nothing for shorter ranges. */
export const ExclusionsFigure = memo(function ExclusionsFigure({ exclusions, query }: ExclusionsFigureProps) {
  if (!exclusions) return null;
  const { series, title, growsFrom } = exclusions;
  return (
    <SeriesFigure
      title={title}
      series={series}
      styles={BARS.map((bar) => ({ ...bar, total: total(series, bar.key) })).filter((bar) => bar.total > 0)}
      drawAs="bars"
      growing={
        growsFrom === null ? null : { from: growsFrom, why: "Some reasons may still be waiting to sync." }
      }
      measure={`Visits per ${formatStep(series.stepSeconds)}`}
      table={{ caption: "Reasons for excluding visits", columns: BARS }}
      csv={`/admin/chart/reasons.csv${query}`}
    />
  );
});
