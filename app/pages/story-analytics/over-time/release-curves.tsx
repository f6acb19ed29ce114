import { useSearchParams } from "@remix-run/react";
import { formatNumber } from "~/shared/format";
import { LineSwatch } from "~/ui/charts/swatch";
import { valueTicks } from "~/ui/charts/value-ticks";
import { RangeLinks } from "~/ui/range-links";
import { DataTable } from "~/ui/tables/data-table";
import type { ReleaseCurve } from "./read-releases";
import { MAX_CURVES, RELEASE_AGES, type ReleaseAge } from "./release-ages";

const WIDTH = 800;
const HEIGHT = 220;
const DASHES = [undefined, "6 3", "2 3", "10 3 2 3"];
/** The newest chapter is solid and in the accent colour; dash and colour together tell eight curves apart. */
const styleOf = (place: number) => ({
  color: place < DASHES.length ? "var(--accent)" : "var(--ink-muted)",
  dash: DASHES[place % DASHES.length],
});
/** The ages, in days, that the table has a column for. */
const COLUMNS: Record<ReleaseAge, number[]> = { "7": [1, 2, 3, 5, 7], "30": [1, 3, 7, 14, 30] };

/** The first days of each chapter over each other: how many reads it had at the same age. */
export function ReleaseCurves({ age, curves }: { age: ReleaseAge; curves: ReleaseCurve[] }) {
  const [search] = useSearchParams();
  if (!curves.length) return null;
  const { days, stepHours } = RELEASE_AGES[age];
  const steps = (days * 24) / stepHours;
  const ticks = valueTicks(
    curves.flatMap(({ views }) => views),
    "count",
  );
  const highest = ticks.at(-1) || 1;
  const x = (step: number) => (step / steps) * WIDTH;
  const y = (views: number) => HEIGHT - (views / highest) * HEIGHT;
  const addressOf = (key: string) => {
    const address = new URLSearchParams(search);
    address.set("age", key);
    return `?${address}`;
  };
  const pathOf = (views: number[]) =>
    ["M0", y(0), ...views.map((each, place) => `L${x(place + 1)} ${y(each)}`)].join(" ");
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
        <h2 className="text-sm font-semibold">Chapters at the same age: reads in their first {days} days</h2>
        <RangeLinks
          label="Age"
          selected={age}
          ranges={Object.keys(RELEASE_AGES).map((key) => ({ key, label: `${key} days`, to: addressOf(key) }))}
        />
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-muted">
        {curves.map(({ number, title }, place) => (
          <li key={number} className="inline-flex min-w-0 items-center gap-1.5">
            <LineSwatch {...styleOf(place)} />
            <span className="truncate">
              {number}. {title}
            </span>
          </li>
        ))}
      </ul>
      <div className="flex gap-2 text-xs text-ink-muted" aria-hidden="true">
        <div className="figures flex h-[220px] flex-col justify-between text-right">
          {ticks.toReversed().map((tick) => (
            <span key={tick} className="leading-none">
              {formatNumber(tick)}
            </span>
          ))}
        </div>
        <div className="min-w-0 grow">
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            className="h-[220px] w-full overflow-visible"
            aria-hidden="true"
          >
            {ticks.map((tick) => (
              <line key={tick} x1={0} x2={WIDTH} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            ))}
            {curves.map(({ number, views }, place) => (
              <path
                key={number}
                d={pathOf(views)}
                fill="none"
                stroke={styleOf(place).color}
                strokeDasharray={styleOf(place).dash}
                strokeWidth={place === 0 ? 2.5 : 1.5}
                vectorEffect="non-scaling-stroke"
              />
            ))}
          </svg>
          <div className="mt-1 flex justify-between">
            <span>published</span>
            <span>{days} days later</span>
          </div>
        </div>
      </div>
      <DataTable
        caption={`Reads of each chapter in its first ${days} days`}
        rows={curves}
        keyOf={({ number }) => number}
        empty="No chapter is published yet."
        columns={[
          { head: "Chapter", names: true, cell: ({ number, title }) => `${number}. ${title}` },
          ...COLUMNS[age].map((day) => ({
            head: `${day} d`,
            numeric: true,
            cell: (curve: ReleaseCurve) => cellOf(curve, (day * 24) / stepHours),
          })),
        ]}
      />
      <p className="text-xs text-ink-muted">
        {curves.length === MAX_CURVES ? `The ${MAX_CURVES} newest chapters. ` : ""}A chapter that is not that
        old ends where it is, and its column says so.
      </p>
    </section>
  );
}

const cellOf = ({ views, whole }: ReleaseCurve, step: number) =>
  step <= whole ? formatNumber(views[step - 1] ?? 0) : <span className="text-ink-muted">not yet</span>;
