import { formatDuration, formatNumber } from "~/shared/format";
import { budgetLeft, budgetOf, type Objective, type Tally } from "~/shared/objectives";

/** Units of an objective in words: "1,200 views", "3 hours". */
const formatUnits = (value: number, unit: Objective["unit"]) =>
  unit === "seconds"
    ? formatDuration(value)
    : `${formatNumber(Math.round(value))} ${Math.round(value) === 1 ? "view" : "views"}`;

/** How an objective is doing. "unknown" while nothing was counted. */
export type Standing = "met" | "spending" | "missed" | "unknown";

/** Missed when the budget is spent; spending fast when it would not last at the last hour's rate. */
export function standingOf({
  tally,
  target,
  burn,
}: {
  tally: Tally;
  target: number;
  burn: { rate: number }[];
}) {
  const left = budgetLeft(tally, target);
  if (left === null) return "unknown";
  if (left < 0) return "missed";
  return (burn[0]?.rate ?? 0) > 1 ? "spending" : "met";
}

/** "12 of 540 views spent", what a target allows in these units. */
export const formatSpent = ({ total, bad }: Tally, target: number, unit: Objective["unit"]) =>
  `${unit === "views" ? formatNumber(Math.round(bad)) : formatUnits(bad, unit)} of ${formatUnits(Math.floor(budgetOf(total, target)), unit)} spent`;

/** When the budget is spent at the last hour's rate, in words. */
export function formatRunOut(
  { tally, target, burn }: { tally: Tally; target: number; burn: { rate: number }[] },
  days: number,
) {
  const left = budgetLeft(tally, target);
  const rate = burn[0]?.rate ?? 0;
  if (left === null) return "";
  if (left <= 0) return "the budget is spent";
  if (rate <= 1) return "at this rate it lasts";
  return `at this rate it is spent in ${formatDuration((left * days * 86_400) / rate)}`;
}
