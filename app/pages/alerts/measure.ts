import type { Unit } from "~/alerts/rule-types/rule-type";
import { formatDuration, formatNumber, formatPercent } from "~/shared/format";

/** What a unit counts, after its number; shares and times have their unit in the number. */
const WORDS: Record<Unit, string> = {
  share: "",
  seconds: "",
  views: "",
  intervals: "sync intervals",
  times: "times the usual",
  runs: "failed runs",
  jobs: "failed jobs",
  problems: "problems",
  "log-ins": "log-ins",
  processes: "processes",
  lines: "lines",
};

/** A value of a rule with its unit: "0.8%", "40 seconds", "2,807". */
export const formatMeasure = (value: number, unit: Unit) => {
  if (unit === "share") return formatPercent(value);
  if (unit === "seconds") return formatDuration(value);
  return formatNumber(Math.round(value * 10) / 10);
};

/** A value against its limit: "0.8% of 5%", "2,807 of 500,000", "0 of 2 failed runs". */
export const formatAgainst = (value: number | null, limit: number, unit: Unit) =>
  [value === null ? "– of" : `${formatMeasure(value, unit)} of`, formatMeasure(limit, unit), WORDS[unit]]
    .filter(Boolean)
    .join(" ");
