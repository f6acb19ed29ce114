import { lazy } from "react";
import { formatCount } from "~/shared/format";
import type { Series } from "~/shared/series";
import { ChartFigure, LegendItem } from "~/ui/charts/chart-figure";
import { Swatch } from "~/ui/charts/swatch";
import type { SeriesStyle } from "~/ui/charts/textures";
import { SeriesTable } from "~/ui/tables/series-table";

const TimeBars = lazy(() => import("~/ui/charts/time-bars"));

interface StoryViewsFigureProps {
  numbers: {
    title: string;
    step: string;
    series: Series<"views">;
    growsFrom: number | null;
    shown: { title: string; unsynced: number | null };
  };
}

/** What a person counts here is not a path: views of all paths together have the accent's colour. */
const VIEWS: SeriesStyle = { label: "Counted views", color: "var(--accent)", texture: "solid" };

/** The views of a story or a chapter by hour, day or week. */
export function StoryViewsFigure({ numbers }: StoryViewsFigureProps) {
  const { series, step, growsFrom, shown, title } = numbers;
  const why =
    shown.unsynced === null
      ? "Views of this time may wait for the sync; Redis cannot be asked how many."
      : `Will still grow: ${formatCount(shown.unsynced, "view")} ${shown.unsynced === 1 ? "waits" : "wait"} for the sync.`;
  return (
    <ChartFigure
      title={title}
      legend={
        <>
          <LegendItem mark={<Swatch look={VIEWS} />}>
            {shown.title}: counted views per UTC {step}; pale: not finished
          </LegendItem>
          {growsFrom !== null && (
            <LegendItem mark={<span aria-hidden="true" className="inline-block size-3 bg-accent/15" />}>
              Waiting for the sync: {why.charAt(0).toLowerCase() + why.slice(1)} Their hours are known after
              it.
            </LegendItem>
          )}
        </>
      }
      table={
        <SeriesTable
          caption={title}
          points={series.points}
          stepSeconds={series.stepSeconds}
          columns={[{ key: "views", label: "Counted views" }]}
        />
      }
    >
      <TimeBars
        points={series.points}
        stepSeconds={series.stepSeconds}
        bars={[{ key: "views", ...VIEWS }]}
        growing={growsFrom === null ? null : { from: growsFrom, why }}
      />
    </ChartFigure>
  );
}
