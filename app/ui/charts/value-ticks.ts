import { scaleLinear, scaleLog } from "d3-scale";
import type { ValueAxis } from "./value-axis";

/** A hint for d3: an axis gets three to seven ticks. */
const TICK_COUNT = 3;

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Steps that suit a clock, seconds. d3 has none for durations: its time scales follow the calendar. */
const DURATION_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].concat(
  [1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
);
const MAX_DURATION_STEPS = 5;

/** The ticks of an axis, ascending: the first and the last are its ends, and all values lie between them. */
export function valueTicks(values: number[], scale: ValueAxis["scale"]): number[] {
  if (scale === "log") return powersOfTen(values.filter((value) => value > 0));
  const highest = Math.max(1, ...values);
  return scale === "duration" ? durations(highest) : counts(highest);
}

/** In whole numbers: no axis shows half a view. */
const counts = (highest: number) =>
  scaleLinear([0, highest], [0, 1]).nice(TICK_COUNT).ticks(TICK_COUNT).filter(Number.isInteger);

function durations(highest: number) {
  const step =
    DURATION_STEPS.find((each) => highest / each <= MAX_DURATION_STEPS) ??
    Math.ceil(highest / MAX_DURATION_STEPS / DAY) * DAY;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, position) => position * step);
}

function powersOfTen(values: number[]) {
  if (!values.length) return [1, 10];
  const lowest = Math.min(...values);
  // A little above the lowest, so that a single power of ten still spans a decade.
  const scale = scaleLog([lowest, Math.max(lowest * 1.001, ...values)], [0, 1]).nice();
  const [low = 1, high = 10] = scale.domain();
  return scale.ticks(Math.round(Math.log10(high / low)));
}
