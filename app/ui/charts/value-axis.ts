import { formatNumber } from "~/shared/format";

/** A chart's vertical axis: its scale, and how values are written beside it and in full. */
export interface ValueAxis {
  /** Counts and durations start at zero; a logarithmic axis needs values above zero. */
  scale: "count" | "duration" | "log";
  formatTick(value: number): string;
  /** In tooltips. */
  format(value: number): string;
  /** Room for the labels of the ticks, px. */
  width: number;
}

/** Whole numbers, such as views. */
export const COUNT_AXIS: ValueAxis = {
  scale: "count",
  formatTick: formatAxisNumber,
  format: formatNumber,
  width: 44,
};

/** Lengths of time in seconds. */
export const durationAxis = (format: (seconds: number) => string): ValueAxis => ({
  scale: "duration",
  formatTick: formatAxisDuration,
  format,
  width: 64,
});

/** Powers of ten, so that a median of 0.8 ms and a worst case of 150 ms can both be read. */
export const logAxis = (format: (value: number) => string): ValueAxis => ({
  scale: "log",
  formatTick: format,
  format,
  width: 64,
});

/** A number on an axis: "950", "12k", "1.2M". */
export function formatAxisNumber(value: number): string {
  if (value >= 1e6) return `${formatNumber(Math.round(value / 1e5) / 10)}M`;
  if (value >= 10_000) return `${formatNumber(Math.round(value / 1000))}k`;
  return formatNumber(value);
}

/** A length of time on an axis: "0", "30 s", "15 min", "6 h", "2 d". */
export function formatAxisDuration(seconds: number): string {
  const oneDecimal = (value: number) => formatNumber(Math.round(value * 10) / 10);
  if (seconds === 0) return "0";
  if (seconds < 60) return `${oneDecimal(seconds)} s`;
  if (seconds < 3600) return `${oneDecimal(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${oneDecimal(seconds / 3600)} h`;
  return `${oneDecimal(seconds / 86_400)} d`;
}
