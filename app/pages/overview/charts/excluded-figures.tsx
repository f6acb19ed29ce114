import { lazy } from "react";
import type { ComparedSeries } from "~/shared/compare";
import { formatNumber, formatStep } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { type Series, total } from "~/shared/series";
import type { Exclusion } from "~/tracker/outcome";
import { useRemarks } from "~/ui/charts/annotations-context";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { LineSwatch, Swatch } from "~/ui/charts/swatch";
import type { SeriesStyle, Texture } from "~/ui/charts/textures";
import { SeriesTable } from "~/ui/tables/series-table";
import type { SampleColumn } from "../queries/samples";

const TimeBars = lazy(() => import("~/ui/charts/time-bars"));

const KINDS = [
  { key: "duplicates", label: "Repeats", color: "var(--accent)", texture: "solid" },
  { key: "excluded", label: "Not to be counted", color: "var(--ink-muted)", texture: "hatched" },
] as const satisfies (SeriesStyle & { key: SampleColumn })[];

interface LeftOutFigureProps {
  samples: {
    series: ComparedSeries<SampleColumn>;
    before: string | null;
    leftOutTitle: string;
  };
  query: string;
}

/** What came and was not counted: repeats within the window, and visits that are not to be counted. */
export function LeftOutFigure({ samples, query }: LeftOutFigureProps) {
  const { series, before, leftOutTitle } = samples;
  return (
    <ChartFigure
      title={leftOutTitle}
      height={180}
      legend={
        <>
          {KINDS.map((kind) => (
            <LegendItem key={kind.key} mark={<Swatch look={kind} />}>
              {kind.label} {formatNumber(total(series, kind.key))}
            </LegendItem>
          ))}
          {before && <LegendItem mark={<LineSwatch color="var(--ink)" thin />}>both, {before}</LegendItem>}
          <span className="basis-full">Per {formatStep(series.stepSeconds)}; pale: not finished</span>
        </>
      }
      table={
        <SeriesTable
          caption="Repeats, and visits not to be counted"
          points={series.points}
          stepSeconds={series.stepSeconds}
          remarks={useRemarks(
            series.points.map((point) => point.at),
            series.stepSeconds,
          )}
          columns={KINDS.map(({ key, label }) => ({ key, label }))}
        />
      }
      csv={`/admin/chart/left-out.csv${query}`}
    >
      <TimeBars points={series.points} stepSeconds={series.stepSeconds} bars={[...KINDS]} before={before} />
    </ChartFigure>
  );
}

/** Six reasons in two tones and three textures: told apart by either. */
const LOOKS: [Exclusion, string, Texture][] = [
  ["robot", "var(--accent)", "solid"],
  ["prefetch", "var(--accent)", "hatched"],
  ["no-user-agent", "var(--accent)", "dotted"],
  ["author", "var(--ink-muted)", "solid"],
  ["unpublished", "var(--ink-muted)", "hatched"],
  ["privacy-signal", "var(--ink-muted)", "dotted"],
];

interface ReasonsFigureProps {
  reasons: { series: Series<Exclusion>; title: string; growsFrom: number | null } | null;
  query: string;
}

/** Why visits were not counted, by the hour. */
export function ReasonsFigure({ reasons, query }: ReasonsFigureProps) {
  const points = reasons?.series.points ?? [];
  const remarks = useRemarks(
    points.map((point) => point.at),
    reasons?.series.stepSeconds ?? 3600,
  );
  if (!reasons)
    return (
      <section className="flex flex-col gap-2">
        <h2 className="text-base font-semibold">Why visits were not counted is kept by the hour</h2>
        <p className="max-w-[48rem] text-sm text-ink-muted">
          Choose 24 hours or more to see the reasons. Their sum is in the chart beside this one.
        </p>
      </section>
    );
  const { series, title, growsFrom } = reasons;
  const bars = LOOKS.map(([key, color, texture]) => ({ key, color, texture, label: EXCLUSION_LABELS[key] }));
  return (
    <ChartFigure
      title={title}
      height={180}
      legend={
        <>
          {bars
            .filter((bar) => total(series, bar.key) > 0)
            .map((bar) => (
              <LegendItem key={bar.key} mark={<Swatch look={bar} />}>
                {bar.label} {formatNumber(total(series, bar.key))}
              </LegendItem>
            ))}
          <span className="basis-full">
            Visits per {formatStep(series.stepSeconds)}; tinted: reasons may still wait in Redis for the sync
          </span>
        </>
      }
      table={
        <SeriesTable
          caption="Why visits were not counted"
          points={series.points}
          stepSeconds={series.stepSeconds}
          remarks={remarks}
          columns={bars.map(({ key, label }) => ({ key, label }))}
        />
      }
      csv={`/admin/chart/reasons.csv${query}`}
    >
      <TimeBars
        points={series.points}
        stepSeconds={series.stepSeconds}
        bars={bars}
        growing={growsFrom === null ? null : { from: growsFrom, why: "Reasons may still wait for the sync." }}
      />
    </ChartFigure>
  );
}
