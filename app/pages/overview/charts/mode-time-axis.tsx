import { tickLabel, timeTicks } from "~/ui/charts/time-axis";
import { useZone } from "~/ui/time/zone";

/** Seconds between the times that may get a label. */
const STEPS = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400];
/** The most such times on an axis. */
const MAX_TIMES = 48;

/** Labels at round times, below the bands. `from` and `to` are Unix ms. */
export function ModeTimeAxis({ from, to }: { from: number; to: number }) {
  const zone = useZone();
  const step = (STEPS.find((each) => (to - from) / 1000 / each <= MAX_TIMES) ?? 86_400) * 1000;
  const times: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) times.push(at);
  const ticks = timeTicks(times, zone);
  return (
    <div aria-hidden="true" className="grid gap-x-4 sm:grid-cols-[9rem_1fr]">
      <span className="max-sm:hidden" />
      <div className="figures relative h-4 text-xs text-ink-muted">
        {ticks.map((at, position) => {
          const left = ((at - from) / (to - from)) * 100;
          if (left < 2 || left > 97) return null;
          // A phone has room for every other label.
          const isWideOnly = position % 2 === 1 && ticks.length > 4;
          return (
            <span
              key={at}
              className={`absolute -translate-x-1/2 whitespace-nowrap ${isWideOnly ? "max-sm:hidden" : ""}`}
              style={{ left: `${left}%` }}
            >
              {tickLabel(at, times, step, zone)}
            </span>
          );
        })}
      </div>
    </div>
  );
}
