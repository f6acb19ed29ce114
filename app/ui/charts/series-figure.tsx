import { lazy } from "react";
import { formatNumber } from "~/shared/format";
import { gaps } from "~/shared/series";
import { SeriesTable } from "../tables/series-table";
import { useRemarks } from "./annotations-context";
import { ChartBox } from "./chart-box";
import type { ChartEvent, ChartSeries } from "./chart-data";
import { FigureFrame, LegendItem } from "./figure-frame";
import type { KeyedStyle } from "./series-style";
import { ComparisonSwatch, LineSwatch, SeriesSwatch } from "./swatch";
import type { TimeChartProps } from "./time-chart";
import { COUNT_AXIS, type ValueAxis } from "./value-axis";

const TimeChart = lazy(() => import("./time-chart"));

interface SeriesFigureProps<K extends string, C extends K>
  extends Omit<TimeChartProps<C>, "series" | "styles" | "axis"> {
  /** A sentence about what the chart shows. */
  title: string;
  series: ChartSeries<K>;
  /** The columns that are drawn; with `total`, the legend names their sum. */
  styles: (KeyedStyle<C> & { total?: number })[];
  axis?: ValueAxis;
  /** The meaning of one value, for the last line of the legend: "Views per 10 minutes". */
  measure: string;
  /** The name of the dashed line of `limit`. */
  limitLabel?: string;
  height?: number;
  table: {
    caption: string;
    /** With the unit: "Redis (views)". The drawn columns unless stated. */
    columns?: { key: K; label: string; format?(value: number): string }[];
    /** Leaves out the buckets in which nothing was measured. */
    skipEmpty?: boolean;
  };
  /** Address of the drawn numbers as a file. */
  csv?: string;
  /** File under /admin/raw with the rows behind them. */
  raw?: string;
  note?: string;
  /** Shown instead of `note` if the range has no values at all. */
  emptyNote?: string;
}

/** A series as a chart, with legend, table and files. A page provides the series, its styles and the words. */
export function SeriesFigure<K extends string, C extends K = K>({
  title,
  series,
  styles,
  axis = COUNT_AXIS,
  measure,
  limitLabel,
  height = 180,
  table,
  csv,
  raw,
  note,
  emptyNote,
  ...chart
}: SeriesFigureProps<K, C>) {
  const { points, stepSeconds } = series;
  const remarks = useRemarks(
    points.map(({ at }) => at),
    stepSeconds,
  );
  const isEmpty = points.every(({ values }) => values === null);
  return (
    <FigureFrame
      title={title}
      legend={
        <>
          {styles.map((style) => (
            <LegendItem key={style.key} swatch={<SeriesSwatch style={style} drawAs={chart.drawAs} />}>
              {style.label} {style.total !== undefined && formatNumber(style.total)}
            </LegendItem>
          ))}
          {chart.comparison && (
            <LegendItem swatch={<ComparisonSwatch />}>{chart.comparison.label}</LegendItem>
          )}
          {eventStyles(chart.events).map(({ name, color, dash }) => (
            <LegendItem key={name} swatch={<LineSwatch color={color} dash={dash} thin />}>
              {name}
            </LegendItem>
          ))}
          {limitLabel && (
            <LegendItem swatch={<LineSwatch color="var(--edge)" dash="6 3" thin />}>{limitLabel}</LegendItem>
          )}
          {chart.growing && (
            <LegendItem swatch={<span aria-hidden="true" className="inline-block size-3 bg-accent/15" />}>
              {chart.growing.why}
            </LegendItem>
          )}
          <span className="basis-full">
            {[
              measure,
              points.some(({ unfinished }) => unfinished) &&
                `${chart.drawAs === "bars" ? "pale" : "ring"}: still in progress`,
              chart.drawAs !== "dots" && gaps(points).length > 0 && "hatched: no reports",
            ]
              .filter(Boolean)
              .join("; ")}
          </span>
        </>
      }
      note={isEmpty ? (emptyNote ?? note) : note}
      table={
        <SeriesTable
          caption={table.caption}
          points={table.skipEmpty ? points.filter(({ values }) => values) : points}
          stepSeconds={stepSeconds}
          remarks={remarks}
          columns={table.columns ?? styles}
        />
      }
      csv={csv}
      raw={raw}
    >
      <ChartBox label={`Chart. ${title}.`} height={height}>
        <TimeChart series={series} styles={styles} axis={axis} {...chart} />
      </ChartBox>
    </FigureFrame>
  );
}

/** One event of each name, for the legend. */
const eventStyles = (events: ChartEvent[] = []) => [
  ...new Map(events.map((event) => [event.name, event])).values(),
];
