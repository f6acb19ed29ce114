import type { SerializeFrom } from "@remix-run/node";
import { formatNumber, formatPercent, formatShare } from "~/shared/format";
import { budgetOf, goodShare } from "~/shared/objectives";
import { SeriesFigure } from "~/ui/charts/series-figure";
import type { KeyedStyle } from "~/ui/charts/series-style";
import type { ValueAxis } from "~/ui/charts/value-axis";
import type { ObjectiveReport } from "./read-objectives";

const DAY_SECONDS = 86_400;

const LINES: KeyedStyle<"spent">[] = [{ key: "spent", label: "Spent so far", color: "var(--accent)" }];

const SHARES: ValueAxis = {
  scale: "duration",
  formatTick: formatPercent,
  format: formatPercent,
  width: 52,
};

/** How the error budget of 30 days was spent, day by day. */
export function BudgetFigure({ objective, now }: { objective: SerializeFrom<ObjectiveReport>; now: string }) {
  const { tally, target, name, unit } = objective;
  const budget = budgetOf(tally.total, target);
  let spent = 0;
  const points = objective.days.map(({ day, total, bad }) => {
    spent += bad;
    return {
      at: Date.parse(day),
      values:
        total > 0
          ? { spent: budget > 0 ? spent / budget : 0, total, bad, good: goodShare({ total, bad }) }
          : null,
      unfinished: Date.parse(day) + DAY_SECONDS * 1000 > Date.parse(now),
    };
  });
  const units = unit === "views" ? "views" : "seconds";
  return (
    <SeriesFigure
      openOnPhones
      title="Error budget · spent over 30 days"
      series={{ stepSeconds: DAY_SECONDS, points }}
      styles={LINES}
      drawAs="lines"
      axis={SHARES}
      limit={1}
      limitLabel="The whole budget"
      missing="nothing counted"
      measure="Share of the budget of 30 days, by UTC day"
      height={150}
      table={{
        caption: `${name}, day by day`,
        columns: [
          { key: "good", label: "Good", format: formatShare },
          { key: "bad", label: `Bad (${units})`, format: formatNumber },
          { key: "total", label: `Counted (${units})`, format: formatNumber },
          { key: "spent", label: "Budget spent so far", format: formatPercent },
        ],
        skipEmpty: true,
      }}
      csv="/admin/objectives.csv"
    />
  );
}
