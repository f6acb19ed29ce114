import { formatBytes } from "~/shared/bytes";
import { formatDuration } from "~/shared/format";
import type { Growth } from "./read-history";

/** A line that explains less than half of the changes is no trend: memory went up and down. */
const TREND = 0.5;
const YEAR_S = 365 * 86_400;

interface Memory {
  usedBytes: number;
  limitBytes: number | null;
  machineBytes: number | null;
}

/** When memory reaches its limit, in a few words: the figure, and where it comes from. */
export function timeToLimit(memory: Memory, growth: Growth | null): { value: string; note: string } {
  const limit = memory.limitBytes ?? memory.machineBytes;
  const of = memory.limitBytes ? "the limit" : "the machine's memory";
  if (!growth) return { value: "Not known yet", note: "needs an hour of samples, one per minute" };
  const span = formatDuration(growth.seconds);
  if (growth.bytesPerDay <= 0 || growth.fit < TREND)
    return { value: "No growth", note: `no trend in the last ${span}` };
  const perDay = `${formatBytes(growth.bytesPerDay)} per day in the last ${span}`;
  if (limit === null) return { value: "Unknown", note: `${perDay}; Redis names no limit` };
  const seconds = ((limit - memory.usedBytes) / growth.bytesPerDay) * 86_400;
  if (seconds <= 0) return { value: "Reached", note: `${perDay}, up to ${of}` };
  return {
    value: seconds > YEAR_S ? "Over a year" : `In ${formatDuration(seconds)}`,
    note: `${perDay}, up to ${of}`,
  };
}
