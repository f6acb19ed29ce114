import type { Unit } from "~/alerts/rule-types/rule-type";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import { formatMeasure } from "../measure";

interface ValueChartProps {
  readings: { at: string; value: number }[];
  limit: number;
  unit: Unit;
  now: string;
}

const WIDTH = 600;
const HEIGHT = 120;

/** An alert's value over time against its limit, drawn by the server, with its table. */
export function ValueChart({ readings, limit, unit, now }: ValueChartProps) {
  const [first] = readings;
  const last = readings.at(-1);
  if (!first || !last || readings.length < 2)
    return <p className="text-sm text-ink-muted">Too few values to draw.</p>;
  const from = Date.parse(first.at);
  const span = Math.max(1, Date.parse(last.at) - from);
  const highest = Math.max(limit, ...readings.map(({ value }) => value)) * 1.1 || 1;
  const x = (at: string) => ((Date.parse(at) - from) / span) * WIDTH;
  const y = (value: number) => HEIGHT - (Math.max(0, value) / highest) * HEIGHT;
  const path = readings
    .map(
      ({ at, value }, index) =>
        `${index ? `H${x(at).toFixed(1)}V` : `M${x(at).toFixed(1)} `}${y(value).toFixed(1)}`,
    )
    .join("");
  const most = Math.max(...readings.map(({ value }) => value));
  const label = `Value from ${formatMeasure(first.value, unit)} to ${formatMeasure(last.value, unit)}, at most ${formatMeasure(most, unit)}; the limit is ${formatMeasure(limit, unit)}`;
  return (
    <figure className="figures flex max-w-[60rem] flex-col gap-1 text-xs text-ink-muted">
      <div className="flex gap-3">
        <div className="relative w-20 shrink-0 text-right" aria-hidden="true">
          <span className="absolute right-0 top-0 -translate-y-1/2">
            {formatMeasure(highest / 1.1, unit)}
          </span>
          {limit < highest / 1.3 && (
            <span
              className="absolute right-0 -translate-y-1/2"
              style={{ top: `${(y(limit) / HEIGHT) * 100}%` }}
            >
              {formatMeasure(limit, unit)}
            </span>
          )}
          <span className="absolute right-0 bottom-0">0</span>
        </div>
        <svg
          role="img"
          aria-label={label}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-32 min-w-0 flex-1 border-b border-edge"
        >
          <path
            d={path}
            fill="none"
            stroke="var(--ink)"
            strokeWidth="1.5"
            vectorEffect="non-scaling-stroke"
          />
          <path
            d={`M0 ${y(limit).toFixed(1)}H${WIDTH}`}
            stroke="var(--alarm)"
            strokeWidth="1"
            strokeDasharray="4 3"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      </div>
      <figcaption className="flex justify-between gap-4 pl-[5.75rem]">
        <UtcTime at={first.at} now={now} seconds />
        <span>dashed: the limit, {formatMeasure(limit, unit)}</span>
        <UtcTime at={last.at} now={now} seconds />
      </figcaption>
      <details>
        <summary className="link w-fit">Show as table</summary>
        <DataTable
          caption="Value over time"
          rows={readings}
          keyOf={(row) => row.at}
          empty="No values."
          scroll
          columns={[
            { head: "Time", names: true, cell: (row) => <UtcTime at={row.at} now={now} seconds /> },
            { head: "Value", numeric: true, cell: (row) => formatMeasure(row.value, unit) },
          ]}
        />
      </details>
    </figure>
  );
}
