import { useId, useState } from "react";
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { annotationsAt, lastAtOrBefore } from "~/shared/annotations";
import { toSentence } from "~/shared/format";
import { gaps } from "~/shared/series";
import { useZone } from "../time/zone";
import { AnnotationAreas } from "./annotation-areas";
import { describeAnnotations } from "./annotation-styles";
import { useAnnotations } from "./annotations-context";
import { axisLabelsOf } from "./axis-labels";
import { BarSeries } from "./bar-series";
import { type ChartEvent, type ChartPoint, type ChartSeries, type Comparison, sumOf } from "./chart-data";
import { useChartPage } from "./chart-page";
import { ChartTooltip } from "./chart-tooltip";
import { LineSeries } from "./line-series";
import { COMPARISON_COLOR, type DrawAs, type KeyedStyle, modeStyle } from "./series-style";
import { ComparisonSwatch, SeriesSwatch, Swatch } from "./swatch";
import { GapPattern } from "./textures";
import { useDrag } from "./use-drag";
import type { ValueAxis } from "./value-axis";
import { valueTicks } from "./value-ticks";

export interface TimeChartProps<K extends string> {
  series: ChartSeries<K>;
  styles: KeyedStyle<K>[];
  drawAs: DrawAs;
  axis: ValueAxis;
  comparison?: Comparison<K> | null;
  events?: ChartEvent[];
  /** A value to stay below: a dashed line across the chart. */
  limit?: number;
  /** Buckets from this one on (Unix ms) will still grow, for the reason given. */
  growing?: { from: number; why: string } | null;
  /** The tooltip's words for a missing value. */
  missing?: string;
}

const TICK = { fill: "var(--ink-muted)", fontSize: 12 };
/** Above bars, below lines, in recharts' order of layers (300 and 400). */
const COMPARISON_LAYER = 350;

/**
 * A series over time with everything around it: axes, annotations, gaps, events, the earlier period and the tooltip. It
 * loads recharts, so import it lazily.
 */
export default function TimeChart<K extends string>({
  series: { points, stepSeconds, calendar },
  styles,
  drawAs,
  axis,
  comparison = null,
  events = [],
  limit,
  growing = null,
  missing = "no reports",
}: TimeChartProps<K>) {
  const gapId = useId();
  const zone = useZone();
  const { syncId, zoomTo, modeAt } = useChartPage();
  const [isPointedAt, setIsPointedAt] = useState(false);
  const step = stepSeconds * 1000;
  const { selected, handlers } = useDrag(zoomTo && ((first, last) => zoomTo(first, last + step)));
  const times = points.map(({ at }) => at);
  const axisLabels = axisLabelsOf(times, stepSeconds, zone, calendar);
  const annotations = useAnnotations(times, stepSeconds);
  const columns = styles.map(({ key }) => key);
  const comparedValue = ({ before }: ChartPoint<K>) => comparison && sumOf(before, comparison.columns);
  const rows = points.map((point) => ({
    at: point.at,
    point,
    ...point.values,
    comparison: comparedValue(point),
  }));
  const drawn = points.flatMap(({ values }) =>
    drawAs === "bars" ? (sumOf(values, columns) ?? []) : columns.flatMap((column) => values?.[column] ?? []),
  );
  const ticks = valueTicks([...drawn, ...rows.flatMap((row) => row.comparison ?? [])], axis.scale);
  const [lowest = 0, highest = 1] = [ticks[0], ticks.at(-1)];
  const firstGrowing = growing ? times.find((at) => at >= growing.from) : undefined;
  const eventsAt = (at: number) => events.filter((event) => times[lastAtOrBefore(times, event.at)] === at);
  const formatValue = (value: number | null | undefined) => (value == null ? missing : axis.format(value));

  const counted = (at: number) => {
    const found = modeAt?.(at, at + step);
    if (!found) return [];
    const style = modeStyle(found.mode);
    return [{ key: "mode", swatch: <Swatch style={style} />, label: "Counted in", value: style.label }];
  };
  const tooltip = (point: ChartPoint<K>) => (
    <ChartTooltip
      title={axisLabels.bucket(point.at)}
      rows={[
        ...styles.map((style) => ({
          key: style.key as string,
          swatch: <SeriesSwatch style={style} drawAs={drawAs} />,
          label: style.label,
          value: formatValue(point.values?.[style.key]),
        })),
        ...(drawAs === "bars" && styles.length > 1
          ? [
              {
                key: "all",
                swatch: <span className="w-3" />,
                label: "All",
                value: formatValue(sumOf(point.values, columns)),
              },
            ]
          : []),
        ...(comparison
          ? [
              {
                key: "comparison",
                swatch: <ComparisonSwatch />,
                label: comparison.label,
                value: formatValue(comparedValue(point)),
              },
            ]
          : []),
        ...counted(point.at),
      ]}
      notes={[
        toSentenceOrNothing(modeAt?.(point.at, point.at + step)),
        point.unfinished ? "Still in progress." : growing && point.at >= growing.from ? growing.why : "",
        ...eventsAt(point.at).map(({ name }) => `${name}.`),
        describeAnnotations(
          annotationsAt(annotations, point.at).filter(({ kind }) => !modeAt || kind !== "outage"),
        ),
      ]}
    />
  );

  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows}
        accessibilityLayer={false}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        syncId={syncId}
        // Charts have buckets of different lengths: each points at the one that holds the time.
        syncMethod={(ticks, { activeLabel }) =>
          ticks.findLastIndex(({ value }) => value <= Number(activeLabel))
        }
        onMouseEnter={() => setIsPointedAt(true)}
        onMouseLeave={() => setIsPointedAt(false)}
        className={zoomTo && "select-none"}
        {...handlers}
      >
        <defs>
          <GapPattern id={gapId} />
        </defs>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          scale="band"
          ticks={axisLabels.ticks}
          tickFormatter={axisLabels.tick}
          interval="equidistantPreserveStart"
          minTickGap={16}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: "var(--edge)" }}
        />
        <YAxis
          scale={axis.scale === "log" ? "log" : "linear"}
          domain={[lowest, highest]}
          ticks={ticks}
          allowDataOverflow
          width={axis.width}
          tick={TICK}
          // A space that does not break keeps a label on one line.
          tickFormatter={(value: number) => axis.formatTick(value).replaceAll(" ", "\u00a0")}
          tickLine={false}
          axisLine={false}
        />
        <AnnotationAreas annotations={annotations} />
        {times.flatMap((at) =>
          eventsAt(at).map((event) => (
            <ReferenceLine
              key={`${event.name} ${event.at}`}
              x={at}
              stroke={event.color}
              strokeDasharray={event.dash}
            />
          )),
        )}
        {limit !== undefined && limit <= highest && (
          <ReferenceLine y={limit} stroke="var(--edge)" strokeDasharray="6 3" />
        )}
        {(drawAs === "dots" ? [] : gaps(points)).map(([first, last]) => (
          <ReferenceArea
            key={times[first]}
            x1={times[first]}
            x2={times[last]}
            fill={`url(#${gapId})`}
            fillOpacity={1}
          />
        ))}
        {firstGrowing !== undefined && (
          <ReferenceArea x1={firstGrowing} x2={times.at(-1)} fill="var(--accent)" fillOpacity={0.1} />
        )}
        {selected && (
          <ReferenceArea
            x1={selected.first}
            x2={selected.last}
            fill="var(--accent)"
            fillOpacity={0.2}
            stroke="var(--accent)"
          />
        )}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--ink-muted)", strokeDasharray: "3 2" }}
          content={({ active, payload }) => {
            const point: ChartPoint<K> | undefined = payload?.[0]?.payload?.point;
            // The other charts show the line under the pointer, and their numbers stay readable.
            return active && point && isPointedAt && !selected ? tooltip(point) : null;
          }}
        />
        {drawAs === "bars" ? (
          <>
            <BarSeries points={points} styles={styles} />
            {/* Draws nothing: the tooltip needs a series of recharts' own. */}
            <Line dataKey="at" stroke="none" dot={false} activeDot={false} isAnimationActive={false} />
          </>
        ) : (
          <LineSeries points={points} styles={styles} dotsOnly={drawAs === "dots"} />
        )}
        {comparison && (
          <Line
            dataKey="comparison"
            type="linear"
            stroke={COMPARISON_COLOR}
            strokeOpacity={0.7}
            strokeWidth={1}
            zIndex={COMPARISON_LAYER}
            dot={false}
            activeDot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

/** Why views were not counted in Redis, as the tooltip's sentence; nothing while they were. */
const toSentenceOrNothing = (found: { mode: string; reason: string } | null | undefined) =>
  found?.reason && found.mode !== "redis" ? toSentence(found.reason) : "";
