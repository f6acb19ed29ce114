import { formatStep } from "~/shared/format";
import { EXCLUSION_LABELS, EXCLUSIONS } from "~/shared/labels";
import { total } from "~/shared/series";
import type { Exclusion } from "~/tracker/outcome";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle, SeriesStyle } from "~/ui/charts/series-style";
import type { PanelData } from "../panel-data";

/** Eight reasons in three colours and three textures: no two share both. */
const STYLES: Record<Exclusion, Omit<SeriesStyle, "label">> = {
  robot: { color: "var(--accent)", texture: "solid" },
  automated: { color: "var(--path-journal)", texture: "hatched" },
  prefetch: { color: "var(--accent)", texture: "hatched" },
  "no-user-agent": { color: "var(--accent)", texture: "dotted" },
  author: { color: "var(--ink-muted)", texture: "solid" },
  unpublished: { color: "var(--ink-muted)", texture: "hatched" },
  "privacy-signal": { color: "var(--ink-muted)", texture: "dotted" },
  "too-many": { color: "var(--path-journal)", texture: "solid" },
};
const BARS: KeyedStyle<Exclusion>[] = EXCLUSIONS.map((key) => ({
  key,
  label: EXCLUSION_LABELS[key],
  ...STYLES[key],
}));

interface ExclusionsFigureProps {
  /** Null for a range that is too short. */
  exclusions: PanelData<"exclusions">;
  query: string;
}

/** Why visits were excluded, per hour or longer. */
export function ExclusionsFigure({ exclusions, query }: ExclusionsFigureProps) {
  if (!exclusions)
    return (
      <section className="flex flex-col gap-2">
        <h2 className="text-base font-semibold">Reasons for exclusion are kept per hour</h2>
        <p className="max-w-[48rem] text-sm text-ink-muted">
          Select 24 hours or more to see them. Their sum is in the chart of visits that were not counted.
        </p>
      </section>
    );
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
}
