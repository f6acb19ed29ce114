import { formatNumber } from "~/shared/format";

interface SparklineProps {
  values: number[];
  /** The unit of one bar: "views per day". */
  unit: string;
  /** The period of the last bar has not ended. */
  unfinished?: boolean;
  color?: string;
}

const WIDTH = 120;
const HEIGHT = 28;
const GAP = 1;

/** A word-sized bar chart that the server draws. A zero is a thin line, so it does not look like a missing value. */
export function Sparkline({ values, unit, unfinished = false, color = "var(--accent)" }: SparklineProps) {
  const highest = Math.max(...values, 0);
  const step = WIDTH / Math.max(1, values.length);
  const bar = (value: number, position: number) => {
    const height = highest === 0 || value === 0 ? 1 : Math.max(2, (value / highest) * (HEIGHT - 1));
    return `M${(position * step).toFixed(2)} ${HEIGHT}v${-height.toFixed(2)}h${(step - GAP).toFixed(2)}V${HEIGHT}z`;
  };
  const finished = unfinished ? values.slice(0, -1) : values;
  const last = values.length - 1;
  const label = values.length
    ? `${formatNumber(values.length)} bars of ${unit}: at most ${formatNumber(highest)}, ${formatNumber(values[last] ?? 0)} ${unfinished ? "so far in the last" : "in the last"}`
    : "No history yet";
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      className="ml-auto block max-w-full"
    >
      <path d={finished.map(bar).join("")} fill={color} />
      {unfinished && last >= 0 && <path d={bar(values[last] ?? 0, last)} fill={color} fillOpacity="0.45" />}
    </svg>
  );
}
