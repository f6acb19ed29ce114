import { useId } from "react";
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { annotationsAt } from "~/shared/annotations";
import type { Compared } from "~/shared/compare";
import { bucketOf, gaps, type Point } from "~/shared/series";
import { useZone } from "../time/zone";
import { describeAnnotation, shading } from "./annotations";
import { useAnnotations } from "./annotations-context";
import { bucketLabel, tickLabel, timeTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import { logTicks } from "./log-ticks";
import { LineSwatch } from "./swatch";
import { valueTicks } from "./value-ticks";

/** Something that happened at one moment (Unix ms), drawn as an upright line and named in the tooltip. */
export interface ChartEvent {
  at: number;
  name: string;
  color: string;
  dash?: string;
}

export interface LineOf<K extends string> {
  key: K;
  label: string;
  color: string;
  dash?: string;
}

export interface TimeLinesProps<K extends string> {
  /** Points may carry what the period before had. */
  points: (Point<K> & Partial<Pick<Compared<K>, "before">>)[];
  stepSeconds: number;
  lines: LineOf<K>[];
  format(value: number): string;
  /** A median of 0.8 ms and a worst case of 150 ms are both to be read on "log"; what may be zero needs "linear". */
  scale?: "log" | "linear" | "time";
  /** "a week before": draws that period's values of this line as a thin one. */
  before?: { words: string; key: K } | null;
  /** Runs of the sync, drawn where they began. */
  events?: ChartEvent[];
  /** A value to stay under: a dashed line across. */
  level?: number | null;
  /** What is measured now and then only is drawn as dots, and its absence is no gap. */
  dotsOnly?: boolean;
  /** What the tooltip says where nothing was measured. */
  none?: string;
}

const TICK = { fill: "var(--ink-muted)", fontSize: 12 };

/** Lines over time. They break where nothing was measured; a lonely measurement is a dot. */
export default function TimeLines<K extends string>({
  points,
  stepSeconds,
  lines,
  format,
  scale = "log",
  before = null,
  events = [],
  level = null,
  dotsOnly = false,
  none = "not measured",
}: TimeLinesProps<K>) {
  const id = useId();
  const zone = useZone();
  const times = points.map((point) => point.at);
  const shades = useAnnotations(times, stepSeconds);
  const rows = points.map((point) => ({
    at: point.at,
    point,
    ...point.values,
    before: before ? (point.before?.[before.key] ?? null) : null,
  }));
  const known = [
    ...points.flatMap((point) => lines.flatMap((line) => point.values?.[line.key] ?? [])),
    ...rows.flatMap((row) => row.before ?? []),
  ];
  const ticks = scale === "log" ? logTicks(known) : valueTicks(Math.max(0, ...known), scale);
  const bucketOfEvent = (event: ChartEvent) => bucketOf(event.at, stepSeconds);
  const isLonely = (position: number, key: K) =>
    points[position]?.values?.[key] != null &&
    points[position - 1]?.values?.[key] == null &&
    points[position + 1]?.values?.[key] == null;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={rows} accessibilityLayer={false} margin={{ top: 18, right: 8, bottom: 0, left: 0 }}>
        <defs>
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
          scale="band"
          ticks={timeTicks(times, zone)}
          tickFormatter={(at: number) => tickLabel(at, times, zone)}
          interval="equidistantPreserveStart"
          minTickGap={16}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: "var(--edge)" }}
        />
        <YAxis
          scale={scale === "log" ? "log" : "linear"}
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          allowDataOverflow
          width={64}
          tick={TICK}
          tickFormatter={format}
          tickLine={false}
          axisLine={false}
        />
        {shading(shades)}
        {events
          .filter((event) => times.includes(bucketOfEvent(event)))
          .map((event) => (
            <ReferenceLine
              key={`${event.name} ${event.at}`}
              x={bucketOfEvent(event)}
              stroke={event.color}
              strokeDasharray={event.dash}
            />
          ))}
        {level !== null && level <= (ticks.at(-1) ?? 0) && (
          <ReferenceLine y={level} stroke="var(--edge)" strokeDasharray="6 3" />
        )}
        {(dotsOnly ? [] : gaps(points)).map(([first, last]) => (
          <ReferenceArea
            key={times[first]}
            x1={times[first]}
            x2={times[last]}
            fill={`url(#${id}gap)`}
            fillOpacity={1}
          />
        ))}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--edge)" }}
          content={({ active, payload }) => {
            const point: Point<K> | undefined = payload?.[0]?.payload?.point;
            if (!active || !point) return null;
            const here = events.filter((event) => bucketOfEvent(event) === point.at);
            const thin: Record<K, number | null> | null | undefined = payload?.[0]?.payload?.point.before;
            const notes = [
              point.unfinished ? "Not finished: so far." : "",
              ...here.map(({ name }) => `${name}.`),
              describeAnnotation(annotationsAt(shades, point.at)),
            ];
            return (
              <ChartTooltip
                title={bucketLabel(point.at, stepSeconds, zone)}
                note={notes.filter(Boolean).join(" ")}
                rows={[...lines, ...(before ? [beforeLine(before)] : [])].map((line) => {
                  const value = "of" in line ? thin?.[line.of] : point.values?.[line.key];
                  return {
                    key: line.key,
                    mark: <LineSwatch color={line.color} dash={line.dash} thin={"of" in line} />,
                    label: line.label,
                    value: value == null ? none : format(value),
                  };
                })}
              />
            );
          }}
        />
        {before && (
          <Line
            dataKey="before"
            type="linear"
            stroke="var(--ink)"
            strokeOpacity={0.6}
            strokeWidth={1}
            dot={false}
            activeDot={false}
            connectNulls={false}
            isAnimationActive={false}
          />
        )}
        {lines.map((line) => (
          <Line
            key={line.key}
            dataKey={line.key}
            type="linear"
            stroke={line.color}
            strokeWidth={dotsOnly ? 0 : 1.75}
            strokeDasharray={line.dash}
            connectNulls={false}
            isAnimationActive={false}
            activeDot={{ r: 3, fill: line.color, strokeWidth: 0 }}
            dot={({ key, index, cx, cy }) =>
              isLonely(index, line.key) ||
              // What is not finished is a ring.
              ((dotsOnly || points[index]?.unfinished) && points[index]?.values?.[line.key] != null) ? (
                <circle
                  key={key}
                  cx={cx}
                  cy={cy}
                  r={dotsOnly ? 3 : 2}
                  fill={points[index]?.unfinished ? "var(--paper)" : line.color}
                  stroke={line.color}
                />
              ) : (
                <g key={key} />
              )
            }
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}

/** The thin line of the period before, as the tooltip lists it. */
const beforeLine = <K extends string>({ words, key }: { words: string; key: K }) => ({
  key: "before",
  of: key,
  label: `The same, ${words}`,
  color: "var(--ink)",
  dash: undefined,
});
