import {
  addTallies,
  BUDGET_DAYS,
  burnRate,
  OBJECTIVES,
  type Objective,
  type Tally,
  type Targets,
} from "~/shared/objectives";
import { readDailyTallies, readRecentTallies } from "~/telemetry/objectives/read-tallies";
import type { PrismaClient } from "../../../prisma/client/client";

/** The spans, seconds, whose burn rates are shown: those that the alert rules compare, and three days. */
const BURN_WINDOWS = [3600, 6 * 3600, 3 * 86_400] as const;

/** One objective with its numbers. */
export interface ObjectiveReport extends Objective {
  /** The target in force; the inherited default is replaced. */
  target: number;
  /** Of the last `BUDGET_DAYS` UTC days, today included. */
  tally: Tally;
  /** Of as many days before them. */
  before: Tally;
  burn: { seconds: number; rate: number }[];
  /** Oldest first. */
  days: (Tally & { day: Date })[];
}

/** Every objective over the last 30 days, with the 30 days before to compare with, as of `now`. */
export async function readObjectives(
  db: PrismaClient,
  targets: Targets,
  now: Date,
): Promise<ObjectiveReport[]> {
  const [daily, recent] = await Promise.all([
    readDailyTallies(db, now, 2 * BUDGET_DAYS),
    readRecentTallies(db, now, BURN_WINDOWS),
  ]);
  return OBJECTIVES.map((objective) => {
    const { key } = objective;
    const target = targets[key];
    const days = daily.map(({ day, tallies }) => ({ day, ...tallies[key] }));
    return {
      ...objective,
      target,
      tally: addTallies(days.slice(BUDGET_DAYS)),
      before: addTallies(days.slice(0, BUDGET_DAYS)),
      burn: BURN_WINDOWS.map((seconds, i) => ({
        seconds,
        rate: recent[i] ? burnRate(recent[i][key], target) : 0,
      })),
      days: days.slice(BUDGET_DAYS),
    };
  });
}
