import { Line } from "recharts";
import type { ChartPoint } from "./chart-data";
import type { KeyedStyle } from "./series-style";

interface LineSeriesProps<K extends string> {
  points: ChartPoint<K>[];
  styles: KeyedStyle<K>[];
  /** Every value is a dot, and no line connects them. */
  dotsOnly: boolean;
}

/**
 * Lines of a TimeChart. They break where nothing was measured; a value without neighbours is a dot, and the value of an
 * unfinished bucket is a ring.
 */
export function LineSeries<K extends string>({ points, styles, dotsOnly }: LineSeriesProps<K>) {
  const hasValue = (position: number, key: K) => points[position]?.values?.[key] != null;
  const hasDot = (position: number, key: K) =>
    hasValue(position, key) &&
    (dotsOnly ||
      points[position]?.unfinished ||
      (!hasValue(position - 1, key) && !hasValue(position + 1, key)));
  return styles.map(({ key, color, dash }) => (
    <Line
      key={key}
      dataKey={key}
      type="linear"
      stroke={color}
      strokeWidth={dotsOnly ? 0 : 1.75}
      strokeDasharray={dash}
      connectNulls={false}
      isAnimationActive={false}
      activeDot={{ r: 3, fill: color, strokeWidth: 0 }}
      dot={({ key: id, index, cx, cy }) =>
        hasDot(index, key) ? (
          <circle
            key={id}
            cx={cx}
            cy={cy}
            r={dotsOnly ? 3 : 2}
            fill={points[index]?.unfinished ? "var(--paper)" : color}
            stroke={color}
          />
        ) : null
      }
    />
  ));
}
