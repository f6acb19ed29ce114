import { useId } from "react";
import {
  Bar,
  BarChart,
  CartesianGrid,
  Rectangle,
  type RectangleProps,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { gaps, type Point } from "../../observe/series";
import { figure } from "../../observe/wording";
import { axisFigure, bucketLabel, tickLabel, timeTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import { Swatch } from "./swatch";
import { type Look, TexturePattern } from "./textures";

export interface BarsOf<K extends string> extends Look {
  key: K;
}

export interface TimeBarsProps<K extends string> {
  points: Point<K>[];
  stepSeconds: number;
  bars: BarsOf<K>[];
  /** Buckets from this one on (Unix ms) will still grow, for the reason given. */
  growing?: { from: number; why: string } | null;
}

const TICK = { fill: "var(--ink-muted)", fontSize: 12 };

/** Stacked bars over time. A bucket without reports is shaded, the unfinished one is pale. */
export default function TimeBars<K extends string>({ points, stepSeconds, bars, growing }: TimeBarsProps<K>) {
  const id = useId();
  const times = points.map((point) => point.at);
  const rows = points.map((point) => ({ at: point.at, point, ...point.values }));
  const firstGrowing = growing ? times.find((at) => at >= growing.from) : undefined;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={rows}
        accessibilityLayer={false}
        barCategoryGap={points.length > 60 ? 0.5 : "12%"}
        maxBarSize={28}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
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
          ticks={timeTicks(times)}
          tickFormatter={(at: number) => tickLabel(at, times)}
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
          tickFormatter={axisFigure}
          tickLine={false}
          axisLine={false}
        />
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
            return active && point ? <BarsTooltip point={point} {...{ bars, stepSeconds, growing }} /> : null;
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
      </BarChart>
    </ResponsiveContainer>
  );
}

function BarsTooltip<K extends string>({
  point,
  bars,
  stepSeconds,
  growing,
}: Omit<TimeBarsProps<K>, "points"> & { point: Point<K> }) {
  const note = point.unfinished
    ? "Not finished: so far."
    : growing && point.at >= growing.from
      ? growing.why
      : undefined;
  return (
    <ChartTooltip
      title={bucketLabel(point.at, stepSeconds)}
      rows={bars.map((bar) => ({
        key: bar.key,
        mark: <Swatch look={bar} />,
        label: bar.label,
        value: point.values ? figure(point.values[bar.key] ?? 0) : "no reports",
      }))}
      note={note}
    />
  );
}
