import type { Targets } from "~/shared/objectives";
import type { Tallies } from "~/telemetry/objectives/read-tallies";
import type { Away, DrillPeriod } from "./away";

/** A story with less in its busiest same hour is compared with this: five views after one are not a surge. */
export const LEAST_USUAL = 20;

/** A story's views in one hour, and what is usual for it. */
export interface Surge {
  slug: string;
  title: string;
  hour: Date;
  views: number;
  /** Its most views in the same hour of the day in the last four weeks. */
  usual: number;
}

/** The facts that rules are evaluated against. Each is read separately; null means that it could not be read: no data. */
export interface Facts {
  now: Date;
  /** False where counting in Redis is switched off: most rules then have nothing to watch. */
  countsInRedis: boolean;
  /** The reason an operator gave for counting in the database; null unless an operator chose the database. */
  databaseReason: string | null;
  /** When an operator last chose where views are counted; null if no one ever has. */
  chosenAt: Date | null;
  syncIntervalSeconds: number;
  /** Until when the sync is paused, and why. */
  syncPaused: { until: Date; reason: string } | null;
  /** Where web processes count and counted lately; null when none reports. */
  away: Away | null;
  /** The drills of the same time. */
  drills: DrillPeriod[] | null;
  /** When the rules were evaluated before; null at the first time. */
  lastEvaluatedAt: Date | null;
  /** Views by path in the fallback rule's window, and the seconds that web processes spent in each mode; null without samples. */
  paths: { redis: number; elsewhere: number; redisSeconds: number; elsewhereSeconds: number } | null;
  /** The latest report of the views in Redis that are not in Postgres yet. */
  unsynced: { views: number; oldestSeconds: number; asOf: Date } | null;
  /** How many runs have failed since the last good one, and the error of the latest. */
  failedSyncs: { inARow: number; error: string | null } | null;
  /** When the oldest sync started that has not ended, unless a later one succeeded; `startedAt` is null when there is none. */
  runningSync: { startedAt: Date | null } | null;
  /** The time of the oldest fallback row that reconcile has not compared with Redis; `oldestAt` is null when there is none. */
  unreconciled: { oldestAt: Date | null } | null;
  /** Views that may be counted twice, because reconcile gave their rows up in the rule's window, and their first and last time. */
  givenUp: { views: number; fromAt: Date | null; toAt: Date | null } | null;
  /** `used` and `limit` in bytes; the limit is the machine's memory where Redis has no limit. */
  memory: { used: number; limit: number } | null;
  /** Why Redis may lose views, each a sentence or two; empty when it should not. */
  redisRisks: { text: string }[] | null;
  /** Queue jobs that failed for good in the rule's window. */
  failedJobs: { count: number; error: string | null } | null;
  ledger: { drift: number; at: Date } | null;
  knownLoss: { views: number; cause: string | null } | null;
  /** Views in journal files, and web processes whose latest mode is the journal; null when no process reports. */
  journal: { views: number; processes: number } | null;
  /** Lines in `.rejected` files of the journal, and their files; null when no process reports. */
  journalRejected: { lines: number; files: string[] } | null;
  /** When a worker last reported; `at` is null if none ever has. */
  worker: { at: Date | null } | null;
  /** Wrong passwords and codes in the rule's window. */
  failedLogIns: number | null;
  /** Views and repeats in the rule's window and in the same window a week ago; null without samples from then. */
  arrivals: { now: number; weekBefore: number } | null;
  /**
   * Of the stories that are viewed most in this hour or the one before, that with most views as a multiple of its usual; `story` is null
   * when no story has many.
   */
  surge: { story: Surge | null } | null;
  /** What was bad of each objective, in the windows of the two rules about error budgets. */
  budgets: Budgets | null;
}

/** Tallies in a rule's window, and in its last twelfth. */
interface BudgetWindows {
  long: Tallies;
  short: Tallies;
}

/** The objectives' targets, and how they went lately. */
export interface Budgets {
  targets: Targets;
  fast: BudgetWindows;
  slow: BudgetWindows;
}
