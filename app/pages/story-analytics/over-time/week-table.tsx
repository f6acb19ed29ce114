import type { Habits } from "./read-habits";
import { formatMean, HABIT_DAYS, WEEK_HOURS } from "./week-hours";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** The steps of the scale: how much of the accent colour is behind a number, in percent. */
const SHADES = [0, 8, 18, 30, 45] as const;

/** The shade of a mean, by its share of the highest. */
const shadeOf = (mean: number, highest: number) =>
  mean <= 0 || highest <= 0
    ? 0
    : Math.min(SHADES.length - 1, Math.ceil((mean / highest) * (SHADES.length - 1)));

const background = (shade: number) => ({
  backgroundColor: `color-mix(in oklab, var(--accent) ${SHADES[shade] ?? 0}%, transparent)`,
});

/** Views by hour of the day and day of the week: a table of numbers, shaded by size. */
export function WeekTable({ week, zone, isRecent }: Pick<Habits, "week" | "isRecent"> & { zone: string }) {
  if (week.length !== WEEK_HOURS || !week.some((mean) => mean)) return null;
  const highest = Math.max(...week.map((mean) => mean ?? 0));
  const caption = `Views per hour of the week, on average${isRecent ? ` in the last ${HABIT_DAYS} days` : ""} (${zone.replaceAll("_", " ")})`;
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h2 className="text-sm font-semibold">{caption}</h2>
      {/* biome-ignore lint/a11y/useSemanticElements: a <section> of every table would crowd the list of landmarks */}
      <div
        role="group"
        aria-label={caption}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable with the keyboard
        tabIndex={0}
        className="min-w-0 overflow-x-auto"
      >
        <table className="figures w-full border-separate border-spacing-px text-center text-xs">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr className="text-ink-muted">
              <th scope="col" className="text-left font-normal">
                <span className="sr-only">Day</span>
              </th>
              {HOURS.map((hour) => (
                <th key={hour} scope="col" className="font-normal">
                  {String(hour).padStart(2, "0")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {DAYS.map((day, row) => (
              <tr key={day}>
                <th scope="row" className="pr-2 text-left font-normal text-ink-muted">
                  {day}
                </th>
                {HOURS.map((hour) => {
                  const mean = week[row * 24 + hour] ?? null;
                  return (
                    <td
                      key={hour}
                      className="min-w-8 px-0.5 py-1"
                      style={background(shadeOf(mean ?? 0, highest))}
                    >
                      {mean === null ? <span className="text-ink-muted">–</span> : formatMean(mean)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="figures flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-muted">
        {SHADES.slice(1).map((_, place) => (
          <span key={SHADES[place + 1]} className="inline-flex items-center gap-1.5">
            <span
              aria-hidden="true"
              className="inline-block size-3 border border-line"
              style={background(place + 1)}
            />
            up to {formatMean((highest * (place + 1)) / (SHADES.length - 1))}
          </span>
        ))}
        {week.includes(null) && <span>–: not in the range</span>}
      </p>
    </section>
  );
}
