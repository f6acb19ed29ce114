import { useId } from "react";
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { gaps, type Point } from "../../observe/series";
import { bucketLabel, tickLabel, timeTicks } from "./axis";
import { ChartTooltip } from "./chart-tooltip";
import { decadesOf } from "./decades";
import { LineSwatch } from "./swatch";

export interface LineOf<K extends string> {
  key: K;
  label: string;
  color: string;
  dash?: string;
}

export interface TimeLinesProps<K extends string> {
  points: Point<K>[];
  stepSeconds: number;
  lines: LineOf<K>[];
  format(value: number): string;
}

const TICK = { fill: "var(--ink-muted)", fontSize: 12 };

/**
 * Lines over time on a logarithmic axis: a median of 0.8 ms and a worst case of 150 ms are both to be read. Lines break
 * where nothing was measured; a lonely measurement is a dot.
 */
export default function TimeLines<K extends string>({
  points,
  stepSeconds,
  lines,
  format,
}: TimeLinesProps<K>) {
  const id = useId();
  const times = points.map((point) => point.at);
  const rows = points.map((point) => ({ at: point.at, point, ...point.values }));
  const decades = decadesOf(
    points.flatMap((point) => lines.flatMap((line) => point.values?.[line.key] ?? [])),
  );
  const isLonely = (position: number, key: K) =>
    points[position]?.values?.[key] != null &&
    points[position - 1]?.values?.[key] == null &&
    points[position + 1]?.values?.[key] == null;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={rows} accessibilityLayer={false} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
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
          ticks={timeTicks(times)}
          tickFormatter={(at: number) => tickLabel(at, times)}
          interval="equidistantPreserveStart"
          minTickGap={16}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: "var(--edge)" }}
        />
        <YAxis
          scale="log"
          domain={[decades[0] ?? 1, decades.at(-1) ?? 10]}
          ticks={decades}
          allowDataOverflow
          width={56}
          tick={TICK}
          tickFormatter={format}
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
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: "var(--edge)" }}
          content={({ active, payload }) => {
            const point: Point<K> | undefined = payload?.[0]?.payload?.point;
            if (!active || !point) return null;
            return (
              <ChartTooltip
                title={bucketLabel(point.at, stepSeconds)}
                rows={lines.map((line) => {
                  const value = point.values?.[line.key];
                  return {
                    key: line.key,
                    mark: <LineSwatch color={line.color} dash={line.dash} />,
                    label: line.label,
                    value: value == null ? "not measured" : format(value),
                  };
                })}
              />
            );
          }}
        />
        {lines.map((line) => (
          <Line
            key={line.key}
            dataKey={line.key}
            type="linear"
            stroke={line.color}
            strokeWidth={1.75}
            strokeDasharray={line.dash}
            connectNulls={false}
            isAnimationActive={false}
            activeDot={{ r: 3, fill: line.color, strokeWidth: 0 }}
            dot={({ key, index, cx, cy }) =>
              isLonely(index, line.key) ? (
                <circle key={key} cx={cx} cy={cy} r={2} fill={line.color} />
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
