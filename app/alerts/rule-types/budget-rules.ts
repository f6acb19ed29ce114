import { formatDuration, formatList, formatNumber, formatShare, formatStep } from "~/shared/format";
import { burnRate, OBJECTIVES, type Objective } from "~/shared/objectives";
import type { Budgets } from "../facts";
import { compare, DAY, HOUR, noData, ok, type RuleType } from "./rule-type";

/** Fewer bad views, or seconds, are not a pattern: at night, one slow view in ten would spend a budget at a hundred times its rate. */
const LEAST_BAD = { views: 5, seconds: 60 };
/** What is compared with the long window: a burn that is over clears soon. Google's Site Reliability Workbook takes a twelfth. */
export const SHORT_WINDOW_SHARE = 1 / 12;

type BudgetRule = Pick<RuleType, "kind" | "title" | "severity" | "defaults">;

/** A rule that compares the burn of every objective over its window, and over the last twelfth of it, with its limit. */
const budgetRule = (rule: BudgetRule, windowsOf: (budgets: Budgets) => Budgets["fast"]): RuleType => ({
  ...rule,
  runbook: "an-error-budget-is-spent-fast",
  unit: "rates",
  limitLabel: ["Fire at", "times the rate at which it lasts for 30 days"],
  looksBack: true,
  evaluate({ budgets }, { threshold, windowSeconds }) {
    if (!budgets) return noData("The objectives could not be read.");
    const { long, short } = windowsOf(budgets);
    const burning = OBJECTIVES.map((objective) => {
      const { key, unit } = objective;
      const target = budgets.targets[key];
      // Both windows must burn: the long one for evidence, the short one for "still".
      const rate = Math.min(burnRate(long[key], target), burnRate(short[key], target));
      return { objective, target, bad: long[key].bad, rate: long[key].bad < LEAST_BAD[unit] ? 0 : rate };
    });
    const worst = Math.max(...burning.map(({ rate }) => rate));
    const over = burning.filter(({ rate }) => rate >= threshold);
    if (over.length === 0)
      return ok(worst, `No error budget is spent at ${formatNumber(threshold)} times its rate.`);
    const each = over.map(
      ({ objective, target, rate, bad }) =>
        `“${objective.name}” (${formatShare(target)}) at ${formatNumber(Math.round(rate * 10) / 10)} times its rate, with ${badOf(objective, bad)}`,
    );
    return compare(
      worst,
      threshold,
      `In the last ${formatStep(windowSeconds)}, error budgets were spent too fast: ${formatList(each)}. The limit is ${formatNumber(threshold)} times.`,
    );
  },
});

/** The rules about objectives (app/shared/objectives.ts): the error budget of 30 days is spent so fast that it would not last. */
export const BUDGET_RULES: readonly RuleType[] = [
  budgetRule(
    {
      kind: "budget-spent-fast",
      title: "An error budget is spent fast",
      severity: "critical",
      // A fiftieth of 30 days' budget in an hour.
      defaults: { threshold: 14.4, windowSeconds: HOUR, forSeconds: 0, keepFiringSeconds: 60 },
    },
    (budgets) => budgets.fast,
  ),
  budgetRule(
    {
      kind: "budget-spent-slowly",
      title: "An error budget will not last",
      severity: "warning",
      // A twentieth of it in six hours.
      defaults: { threshold: 6, windowSeconds: DAY / 4, forSeconds: 0, keepFiringSeconds: 300 },
    },
    (budgets) => budgets.slow,
  ),
];

const badOf = ({ unit, bad }: Objective, amount: number) =>
  unit === "seconds" ? `${formatDuration(amount)} ${bad}` : `${formatNumber(amount)} views ${bad}`;
