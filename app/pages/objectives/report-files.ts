import { csvHead, csvLine } from "~/platform/csv";
import { budgetLeft, budgetOf, goodShare } from "~/shared/objectives";
import type { ObjectiveReport } from "./read-objectives";

/** The report as CSV: one line per objective and day, oldest first. Empty shares mean that nothing was counted. */
export function* reportCsv(objectives: readonly ObjectiveReport[]): Generator<string> {
  yield csvHead(["objective", "target", "unit", "day_utc", "total", "bad", "good_share"]);
  for (const { key, target, unit, days } of objectives)
    for (const { day, total, bad } of days)
      yield csvLine([
        key,
        target,
        unit,
        day.toISOString().slice(0, 10),
        total,
        bad,
        goodShare({ total, bad }),
      ]);
}

/** The report for programs, as of `now`. */
export const reportJson = (objectives: readonly ObjectiveReport[], now: Date) => ({
  asOf: now.toISOString(),
  objectives: objectives.map(({ key, target, unit, tally, before, burn, days }) => ({
    objective: key,
    target,
    unit,
    ...tally,
    goodShare: goodShare(tally),
    budget: budgetOf(tally.total, target),
    budgetLeft: budgetLeft(tally, target),
    goodShareBefore: goodShare(before),
    burnRates: burn,
    days: days.map(({ day, ...counts }) => ({ day: day.toISOString().slice(0, 10), ...counts })),
  })),
});
