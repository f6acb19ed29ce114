import { lazy } from "react";
import type { SampleColumn } from "../../observe/read-samples";
import type { Series } from "../../observe/series";
import { figure, perStep } from "../../observe/wording";
import { SeriesTable } from "../tables/series-table";
import { ChartFigure, LegendItem } from "./chart-figure";
import { Swatch } from "./swatch";
import { PATH_LOOKS } from "./textures";

const TimeBars = lazy(() => import("./time-bars"));
const PATHS = ["redis", "database", "journal"] as const;

interface ViewsFigureProps {
  samples: {
    series: Series<SampleColumn>;
    counted: Record<(typeof PATHS)[number], number>;
    empty: boolean;
    gapCount: number;
    viewsTitle: string;
    viewsNote: string;
  };
}

/** Views by where they were counted, over time. */
export function ViewsFigure({ samples }: ViewsFigureProps) {
  const { series, counted, gapCount } = samples;
  return (
    <ChartFigure
      title={samples.viewsTitle}
      legend={
        <>
          {PATHS.map((path) => (
            <LegendItem key={path} mark={<Swatch look={PATH_LOOKS[path]} />}>
              {PATH_LOOKS[path].label} {figure(counted[path])}
            </LegendItem>
          ))}
          <span className="basis-full">
            Views per {perStep(series.stepSeconds)}, times in UTC; pale: not finished
            {gapCount > 0 && "; hatched: nothing was reported"}
          </span>
        </>
      }
      note={
        samples.empty
          ? "Nothing has been reported in this range. A process writes its first report 10 seconds after its start."
          : samples.viewsNote
      }
      table={
        <SeriesTable
          caption="Views by path"
          points={series.points}
          stepSeconds={series.stepSeconds}
          columns={[
            ...PATHS.map((key) => ({ key, label: `${PATH_LOOKS[key].label} (views)` })),
            { key: "duplicates" as const, label: "Repeats" },
            { key: "excluded" as const, label: "Not to be counted" },
            { key: "failed" as const, label: "Refused" },
          ]}
        />
      }
      raw={{ href: "/admin/raw/samples.csv", label: "All rows (samples.csv)" }}
    >
      <TimeBars
        points={series.points}
        stepSeconds={series.stepSeconds}
        bars={PATHS.map((key) => ({ key, ...PATH_LOOKS[key] }))}
      />
    </ChartFigure>
  );
}
