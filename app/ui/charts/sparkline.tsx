import { formatNumber } from "~/shared/format";

interface SparklineProps {
  /** A value that is null was not measured, and has no bar. */
  values: (number | null)[];
  /** The unit of one bar: "views per day". */
  unit: string;
  /** The period of the last bar has not ended. */
  unfinished?: boolean;
  color?: string;
  /** Beside a figure that says the same in words: hidden from screen readers. */
  decorative?: boolean;
}

const WIDTH = 120;
const HEIGHT = 28;
const GAP = 1;

/** A word-sized bar chart that the server draws. A zero is a thin line, so it does not look like a missing value. */
export function Sparkline({
  values,
  unit,
  unfinished = false,
  color = "var(--accent)",
  decorative,
}: SparklineProps) {
  const highest = Math.max(...values.map((value) => value ?? 0), 0);
  const step = WIDTH / Math.max(1, values.length);
  const bar = (value: number | null, position: number) => {
    if (value === null) return "";
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
      role={decorative ? undefined : "img"}
      aria-label={decorative ? undefined : label}
      aria-hidden={decorative}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      className="ml-auto block max-w-full"
    >
      <path d={finished.map(bar).join("")} fill={color} />
      {unfinished && last >= 0 && (
        <path d={bar(values[last] ?? null, last)} fill={color} fillOpacity="0.45" />
      )}
    </svg>
  );
}
