import { lazy } from "react";
import { formatNumber } from "~/shared/format";
import { gaps } from "~/shared/series";
import { SeriesTable } from "../tables/series-table";
import { useRemarks } from "./annotations-context";
import { ChartBox } from "./chart-box";
import { type ChartEvent, type ChartPoint, type ChartSeries, sumOf } from "./chart-data";
import { FigureFrame, LegendItem } from "./figure-frame";
import type { KeyedStyle } from "./series-style";
import { Sparkline } from "./sparkline";
import { ComparisonSwatch, LineSwatch, SeriesSwatch } from "./swatch";
import type { TimeChartProps } from "./time-chart";
import { COUNT_AXIS, type ValueAxis } from "./value-axis";

/** More bars would be narrower than a pixel. */
const MAX_SPARKS = 60;

const TimeChart = lazy(() => import("./time-chart"));

interface SeriesFigureProps<K extends string, C extends K>
  extends Omit<TimeChartProps<C>, "series" | "styles" | "axis"> {
  /** The chart's name, and after " · " its main number. */
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
    /** With a comparison: the name of its column. */
    before?: string;
    /** Leaves out the buckets in which nothing was measured. */
    skipEmpty?: boolean;
  };
  /** Address of the drawn numbers as a file. */
  csv?: string;
  /** File under /admin/raw with the rows behind them. */
  raw?: string;
  note?: string;
  /** On phones, the chart is open at first. */
  openOnPhones?: boolean;
  /** Shown instead of the chart if the range has no values at all: why, and what to do. */
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
  openOnPhones,
  emptyNote,
  ...chart
}: SeriesFigureProps<K, C>) {
  const { points, stepSeconds, calendar } = series;
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
          {!isEmpty && points.some(({ unfinished }) => unfinished) && (
            <span>{chart.drawAs === "bars" ? "pale" : "ring"}: in progress</span>
          )}
          {!isEmpty && chart.drawAs !== "dots" && gaps(points).length > 0 && <span>hatched: no data</span>}
          <span className="ml-auto">{measure}</span>
        </>
      }
      note={isEmpty ? undefined : note}
      openOnPhones={openOnPhones}
      sparkline={<SeriesSparkline points={points} columns={styles.map(({ key }) => key)} />}
      table={
        <SeriesTable
          caption={table.caption}
          points={table.skipEmpty ? points.filter(({ values }) => values) : points}
          stepSeconds={stepSeconds}
          calendar={calendar}
          remarks={remarks}
          columns={table.columns ?? styles}
          before={
            table.before && chart.comparison
              ? {
                  label: table.before,
                  valueOf: ({ before }) => sumOf(before, chart.comparison?.columns ?? []),
                }
              : undefined
          }
        />
      }
      csv={csv}
      raw={raw}
    >
      {isEmpty ? (
        <p
          className="flex items-center justify-center rounded-md bg-sunken px-6 text-center text-sm text-ink-muted"
          style={{ height }}
        >
          {emptyNote ?? "No data in this range. Select a longer one."}
        </p>
      ) : (
        <ChartBox label={`Chart. ${title}. Its menu shows a table.`} height={height}>
          <TimeChart series={series} styles={styles} axis={axis} {...chart} />
        </ChartBox>
      )}
    </FigureFrame>
  );
}

/** One event of each name, for the legend. */
const eventStyles = (events: ChartEvent[] = []) => [
  ...new Map(events.map((event) => [event.name, event])).values(),
];

/** The sum of the drawn columns, at most as many bars as a sparkline can show: each is the highest of its share of the points. */
function SeriesSparkline<K extends string>({ points, columns }: { points: ChartPoint<K>[]; columns: K[] }) {
  const share = Math.ceil(points.length / MAX_SPARKS);
  const values = Array.from({ length: Math.ceil(points.length / share) }, (_, position) => {
    const known = points
      .slice(position * share, (position + 1) * share)
      .flatMap((point) => sumOf(point.values, columns) ?? []);
    return known.length ? Math.max(...known) : null;
  });
  return <Sparkline values={values} unit="" decorative />;
}
