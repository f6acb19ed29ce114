const NUMBERS = [1, 2, 5];
const SECONDS = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  2 * 3600,
  3 * 3600,
  6 * 3600,
  12 * 3600,
  86_400,
];
const MOST_TICKS = 5;

/** Round values from zero to just over the highest: of ten, or of a clock for values in seconds. */
export function valueTicks(highest: number, kind: "linear" | "time"): number[] {
  const step = kind === "time" ? timeStep(highest) : numberStep(highest);
  const count = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: count + 1 }, (_, position) => position * step);
}

const timeStep = (highest: number) =>
  SECONDS.find((step) => highest / step <= MOST_TICKS) ?? Math.ceil(highest / MOST_TICKS / 86_400) * 86_400;

function numberStep(highest: number) {
  // Counts: no axis has halves of a view.
  for (let power = 1; ; power *= 10)
    for (const number of NUMBERS) if (highest / (number * power) <= MOST_TICKS) return number * power;
}
