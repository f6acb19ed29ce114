import type { Unit } from "~/alerts/rule-types/rule-type";
import { formatDuration, formatNumber, formatPercent } from "~/shared/format";

/** What a unit counts, after a limit of one and of more; shares and times have their unit in the number. */
const WORDS: Partial<Record<Unit, readonly [one: string, more: string]>> = {
  views: ["view", "views"],
  intervals: ["sync interval", "sync intervals"],
  times: ["times the usual", "times the usual"],
  rates: ["time its rate", "times its rate"],
  runs: ["failed run", "failed runs"],
  jobs: ["failed job", "failed jobs"],
  problems: ["problem", "problems"],
  "log-ins": ["log-in", "log-ins"],
  processes: ["process", "processes"],
  lines: ["line", "lines"],
};

/** A value of a rule with its unit: "0.8%", "40 seconds", "2,807". */
export const formatMeasure = (value: number, unit: Unit) => {
  if (unit === "share") return formatPercent(value);
  if (unit === "seconds") return formatDuration(value);
  return formatNumber(Math.round(value * 10) / 10);
};

/** A value against its limit: "0.8% of 5%", "2,807 of 500,000 views", "0 of 1 process". */
export function formatAgainst(value: number | null, limit: number, unit: Unit): string {
  const [one, more] = WORDS[unit] ?? ["", ""];
  const measured = value === null ? "–" : formatMeasure(value, unit);
  return `${measured} of ${formatMeasure(limit, unit)} ${limit === 1 ? one : more}`.trim();
}
