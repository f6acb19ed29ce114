import { lazy } from "react";
import type { ComparedSeries } from "~/shared/compare";
import { formatNumber, formatStep } from "~/shared/format";
import { useRemarks } from "~/ui/charts/annotations-context";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { LineSwatch, Swatch } from "~/ui/charts/swatch";
import { MODE_STYLES } from "~/ui/charts/textures";
import { SeriesTable } from "~/ui/tables/series-table";
import type { SampleColumn } from "../queries/samples";

const TimeBars = lazy(() => import("~/ui/charts/time-bars"));
const PATHS = ["redis", "database", "journal"] as const;

interface ViewsFigureProps {
  samples: {
    series: ComparedSeries<SampleColumn>;
    before: string | null;
    comparison: string | null;
    counted: Record<(typeof PATHS)[number], number>;
    empty: boolean;
    gapCount: number;
    viewsTitle: string;
    viewsNote: string;
  };
  /** The query of the page: its range. */
  query: string;
}

/** Views by where they were counted, over time. */
export function ViewsFigure({ samples, query }: ViewsFigureProps) {
  const { series, counted, gapCount, before } = samples;
  const remarks = useRemarks(
    series.points.map((point) => point.at),
    series.stepSeconds,
  );
  return (
    <ChartFigure
      title={samples.viewsTitle}
      legend={
        <>
          {PATHS.map((path) => (
            <LegendItem key={path} mark={<Swatch look={MODE_STYLES[path]} />}>
              {MODE_STYLES[path].label} {formatNumber(counted[path])}
            </LegendItem>
          ))}
          {before && <LegendItem mark={<LineSwatch color="var(--ink)" thin />}>all, {before}</LegendItem>}
          <span className="basis-full">
            Views per {formatStep(series.stepSeconds)}; pale: not finished
            {gapCount > 0 && "; hatched: nothing was reported"}
          </span>
        </>
      }
      note={
        samples.empty
          ? "Nothing has been reported in this range. A process writes its first report 10 seconds after its start."
          : [samples.viewsNote, samples.comparison].filter(Boolean).join(" ")
      }
      table={
        <SeriesTable
          caption="Views by path"
          points={series.points}
          stepSeconds={series.stepSeconds}
          remarks={remarks}
          columns={[
            ...PATHS.map((key) => ({ key, label: `${MODE_STYLES[key].label} (views)` })),
            { key: "failed" as const, label: "Refused" },
          ]}
        />
      }
      csv={`/admin/chart/views.csv${query}`}
      raw={{ href: "/admin/raw/samples.csv", label: "All rows (samples.csv)" }}
    >
      <TimeBars
        points={series.points}
        stepSeconds={series.stepSeconds}
        bars={PATHS.map((key) => ({ key, ...MODE_STYLES[key] }))}
        before={before}
      />
    </ChartFigure>
  );
}
