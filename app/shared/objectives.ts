/** The share of each objective that must be good, by key. */
export type Targets = Record<ObjectiveKey, number>;

export type ObjectiveKey = "viewsKept" | "viewsFast" | "historyFresh";

/** Something that the site promises, as a share of events or of time that must be good. */
export interface Objective {
  key: ObjectiveKey;
  name: string;
  /** The promise, after a percentage: "99.9 % of views are answered within 200 ms". */
  promise: string;
  /** The unit that is counted. */
  unit: "views" | "seconds";
  /** A bad unit, in words: "slow views". */
  bad: string;
  /** The target until an operator sets another. */
  target: number;
}

/** An answer that takes longer, µs, is slow: the time within which a frozen Redis must not be felt. A bound of the latency buckets. */
export const FAST_WITHIN_US = 200_000;

/** The days that an error budget is for. */
export const BUDGET_DAYS = 30;

/** The objectives of every site; operators change their targets. */
export const OBJECTIVES: readonly Objective[] = [
  {
    key: "viewsKept",
    name: "Views kept",
    promise: "of views are kept",
    unit: "views",
    bad: "lost",
    target: 0.9999,
  },
  {
    key: "viewsFast",
    name: "Views answered",
    promise: "of views are answered within 200 ms",
    unit: "views",
    bad: "slow",
    target: 0.999,
  },
  {
    key: "historyFresh",
    name: "History up to date",
    promise: "of the time, the history is no older than the sync interval",
    unit: "seconds",
    bad: "out of date",
    target: 0.99,
  },
];

/** The targets of a site that has set none. */
export const DEFAULT_TARGETS = Object.fromEntries(
  OBJECTIVES.map(({ key, target }) => [key, target]),
) as Targets;

/** A view waits for one interval at most, and then for the run that takes it: a twentieth of the interval, a minute at least, ms. */
export function historyLimitMs(intervalHours: number): number {
  const intervalMs = intervalHours * 3_600_000;
  return intervalMs + Math.max(60_000, intervalMs / 20);
}

/** Units that were counted, and those of them that were bad. Tallies of neighbouring spans add up. */
export interface Tally {
  total: number;
  bad: number;
}

/** The sum of several tallies. */
export const addTallies = (tallies: readonly Tally[]): Tally => ({
  total: tallies.reduce((sum, { total }) => sum + total, 0),
  bad: tallies.reduce((sum, { bad }) => sum + bad, 0),
});

/** The share that was good; null when nothing was counted. */
export const goodShare = ({ total, bad }: Tally): number | null => (total > 0 ? 1 - bad / total : null);

/** What a target allows to be bad, in units. */
export const budgetOf = (total: number, target: number): number => total * (1 - target);

/** The share of the error budget that is left: 1 when nothing was bad, negative when more was bad than allowed; null without units. */
export const budgetLeft = ({ total, bad }: Tally, target: number): number | null =>
  total > 0 ? 1 - bad / budgetOf(total, target) : null;

/**
 * How many times as fast as allowed the budget is spent: at 1, it lasts exactly for its period. 0 when nothing was counted.
 * Source: "Alerting on SLOs" in Google's Site Reliability Workbook.
 */
export const burnRate = ({ total, bad }: Tally, target: number): number =>
  total > 0 ? bad / total / (1 - target) : 0;
