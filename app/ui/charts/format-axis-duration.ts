import { formatNumber } from "~/shared/format";

const trimmed = (value: number) => formatNumber(Math.round(value * 10) / 10);

/** A length of time on an axis: "0", "30 s", "15 min", "6 h", "2 d". */
export function formatAxisDuration(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 60) return `${trimmed(seconds)} s`;
  if (seconds < 3600) return `${trimmed(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${trimmed(seconds / 3600)} h`;
  return `${trimmed(seconds / 86_400)} d`;
}
