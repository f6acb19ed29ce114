import { useId } from "react";
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  Rectangle,
  type RectangleProps,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { annotationsAt, type BucketAnnotation } from "~/shared/annotations";
import type { Compared } from "~/shared/compare";
import { formatNumber } from "~/shared/format";
import { gaps, type Point } from "~/shared/series";
import { useZone, type Zone } from "../time/zone";
import { describeAnnotation, shading } from "./annotations";
import { useAnnotations } from "./annotations-context";
import { bucketLabel, formatAxisNumber, tickLabel, timeTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import { LineSwatch, Swatch } from "./swatch";
import { type SeriesStyle, TexturePattern } from "./textures";

export interface BarsOf<K extends string> extends SeriesStyle {
  key: K;
}

export interface TimeBarsProps<K extends string> {
  /** Points may carry what the period before had. */
  points: (Point<K> & Partial<Pick<Compared<K>, "before">>)[];
  stepSeconds: number;
  bars: BarsOf<K>[];
  /** "a week before": draws the sum of the bars of that period as a thin line. */
  before?: string | null;
  /** Buckets from this one on (Unix ms) will still grow, for the reason given. */
  growing?: { from: number; why: string } | null;
}

export const BEFORE_COLOR = "var(--ink)";

const TICK = { fill: "var(--ink-muted)", fontSize: 12 };

/** Stacked bars over time. A bucket without reports is shaded, the unfinished one is pale. */
export default function TimeBars<K extends string>({
  points,
  stepSeconds,
  bars,
  growing,
  before,
}: TimeBarsProps<K>) {
  const id = useId();
  const zone = useZone();
  const times = points.map((point) => point.at);
  const shades = useAnnotations(times, stepSeconds);
  const sumBefore = (point: TimeBarsProps<K>["points"][number]) =>
    point.before ? bars.reduce((sum, bar) => sum + (point.before?.[bar.key] ?? 0), 0) : null;
  const rows = points.map((point) => ({
    at: point.at,
    point,
    ...point.values,
    before: before ? sumBefore(point) : null,
  }));
  const firstGrowing = growing ? times.find((at) => at >= growing.from) : undefined;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={rows}
        accessibilityLayer={false}
        barCategoryGap={points.length > 60 ? 0.5 : "12%"}
        maxBarSize={28}
        margin={{ top: 18, right: 8, bottom: 0, left: 0 }}
      >
        <defs>
          {bars.map((bar) => (
            <TexturePattern key={bar.key} id={`${id}${bar.key}`} color={bar.color} texture={bar.texture} />
          ))}
          <pattern
            id={`${id}gap`}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="1" height="6" fill="var(--edge)" fillOpacity="0.55" />
          </pattern>
        </defs>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          ticks={timeTicks(times, zone)}
          tickFormatter={(at: number) => tickLabel(at, times, zone)}
          interval="equidistantPreserveStart"
          minTickGap={16}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: "var(--edge)" }}
        />
        <YAxis
          allowDecimals={false}
          width={44}
          tick={TICK}
          tickFormatter={formatAxisNumber}
          tickLine={false}
          axisLine={false}
        />
        {shading(shades)}
        {gaps(points).map(([first, last]) => (
          <ReferenceArea
            key={times[first]}
            x1={times[first]}
            x2={times[last]}
            fill={`url(#${id}gap)`}
            fillOpacity={1}
          />
        ))}
        {firstGrowing !== undefined && (
          <ReferenceArea x1={firstGrowing} x2={times.at(-1)} fill="var(--accent)" fillOpacity={0.1} />
        )}
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: "var(--ink)", fillOpacity: 0.06 }}
          content={({ active, payload }) => {
            const point: Point<K> | undefined = payload?.[0]?.payload?.point;
            return active && point ? (
              <BarsTooltip
                point={point}
                before={before && sumBefore(point)}
                beforeWords={before}
                {...{ bars, stepSeconds, growing, shades, zone }}
              />
            ) : null;
          }}
        />
        {bars.map((bar) => (
          <Bar
            key={bar.key}
            dataKey={bar.key}
            stackId="all"
            fill={`url(#${id}${bar.key})`}
            isAnimationActive={false}
            shape={(props: RectangleProps & { payload?: { point: Point<K> } }) => (
              <Rectangle {...props} fillOpacity={props.payload?.point.unfinished ? 0.45 : 1} />
            )}
          />
        ))}
        {before && (
          <Line
            dataKey="before"
            type="linear"
            stroke={BEFORE_COLOR}
            strokeWidth={1}
            strokeOpacity={0.75}
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

interface BarsTooltipProps<K extends string>
  extends Pick<TimeBarsProps<K>, "bars" | "stepSeconds" | "growing"> {
  point: Point<K>;
  shades: BucketAnnotation[];
  before?: number | string | null;
  beforeWords?: string | null;
  zone: Zone;
}

function BarsTooltip<K extends string>({
  point,
  bars,
  stepSeconds,
  growing,
  shades,
  before,
  beforeWords,
  zone,
}: BarsTooltipProps<K>) {
  const notes = [
    point.unfinished ? "Not finished: so far." : growing && point.at >= growing.from ? growing.why : "",
    describeAnnotation(annotationsAt(shades, point.at)),
  ];
  return (
    <ChartTooltip
      title={bucketLabel(point.at, stepSeconds, zone)}
      rows={[
        ...bars.map((bar) => ({
          key: bar.key as string,
          mark: <Swatch look={bar} />,
          label: bar.label,
          value: point.values ? formatNumber(point.values[bar.key] ?? 0) : "no reports",
        })),
        ...(beforeWords
          ? [
              {
                key: "before",
                mark: <LineSwatch color={BEFORE_COLOR} thin />,
                label: `All, ${beforeWords}`,
                value: typeof before === "number" ? formatNumber(before) : "no reports",
              },
            ]
          : []),
      ]}
      note={notes.filter(Boolean).join(" ")}
    />
  );
}
