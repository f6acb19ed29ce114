import type { ReactNode } from "react";

/** One number: its name, its value with the unit, and a note with its time or an explanation. */
export interface Stat {
  name: string;
  value: ReactNode;
  note: ReactNode;
}

/** A few current numbers, side by side. */
export const StatStrip = ({ stats }: { stats: Stat[] }) => (
  <dl
    className={`figures grid grid-cols-2 gap-x-6 gap-y-5 border-y border-line py-4 ${COLUMNS[stats.length] ?? ""}`}
  >
    {stats.map(({ name, value, note }) => (
      <div key={name} className="flex min-w-0 flex-col gap-0.5">
        <dt className="text-xs text-ink-muted">{name}</dt>
        <dd className="text-base font-medium sm:text-xl">{value}</dd>
        <dd className="text-xs break-words text-ink-muted">{note}</dd>
      </div>
    ))}
  </dl>
);

/** As many columns as there are numbers, where there is room. */
const COLUMNS: Record<number, string> = {
  4: "lg:grid-cols-4",
  5: "md:grid-cols-3 xl:grid-cols-5",
  7: "md:grid-cols-4 xl:grid-cols-7",
};
