import {
  formatCount,
  formatDuration,
  formatList,
  formatNumber,
  formatPercent,
  formatStep,
  formatTime,
  toSentence,
} from "~/shared/format";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { type Facts, LEAST_USUAL } from "./facts";
import type { Evaluation } from "./state";

/** The unit of a threshold; it decides how a form asks for it. */
export type Unit =
  | "share"
  | "seconds"
  | "views"
  | "intervals"
  | "times"
  | "runs"
  | "jobs"
  | "problems"
  | "log-ins";

export interface RuleType {
  /** Identifies the type in rows, the audit and webhooks. */
  kind: string;
  title: string;
  /** A heading of docs/troubleshooting.md, as an anchor. */
  runbook: string;
  unit: Unit;
  /** The label of the threshold in the form. */
  thresholdLabel: string;
  /** Whether it looks back over the rule's window rather than at the present. */
  looksBack: boolean;
  defaults: { threshold: number; windowSeconds: number; forSeconds: number; keepFiringSeconds: number };
  evaluate(facts: Facts, rule: { threshold: number; windowSeconds: number }): Evaluation;
}

const ok = (value: number | null, message: string): Evaluation => ({ result: "ok", value, message });
const breached = (value: number | null, message: string): Evaluation => ({
  result: "breached",
  value,
  message,
});
const noData = (message: string): Evaluation => ({ result: "unknown", value: null, message });
const compare = (value: number, threshold: number, message: string): Evaluation =>
  value >= threshold ? breached(value, message) : ok(value, message);

const REDIS_OFF = ok(null, "Counting in Redis is switched off, so there is nothing to watch.");
const NO_BUFFER_REPORT = noData("No worker has reported yet how many views are waiting to sync.");
/** A report of unsynced views that is older than this, ms, is out of date. */
const BUFFER_REPORT_VALID_MS = 120_000;
const MINUTES_5 = 300;
const HOUR = 3600;
const DAY = 86_400;

/** Every rule type. Each evaluates the facts with a pure function; operators edit the numbers. */
export const RULE_TYPES: readonly RuleType[] = [
  {
    kind: "fallback-share",
    title: "Views are not counted in Redis",
    runbook: "fallback-share",
    unit: "share",
    thresholdLabel: "share of views",
    looksBack: true,
    defaults: { threshold: 0.05, windowSeconds: MINUTES_5, forSeconds: 30, keepFiringSeconds: MINUTES_5 },
    evaluate({ countsInRedis, databaseReason, paths }, { threshold, windowSeconds }) {
      if (!countsInRedis) return REDIS_OFF;
      if (databaseReason !== null)
        return ok(
          null,
          toSentence(`An operator chose to count in the database${databaseReason && `: ${databaseReason}`}`),
        );
      if (!paths) return noData(`No web process has reported in the last ${formatStep(windowSeconds)}.`);
      const views = paths.redis + paths.elsewhere;
      if (views > 0)
        return compare(
          paths.elsewhere / views,
          threshold,
          `${formatPercent(paths.elsewhere / views)} of ${formatCount(views, "view")} in the last ${formatStep(windowSeconds)} were not counted in Redis; the limit is ${formatPercent(threshold)}.`,
        );
      // Without readers, at night for example, the share of time that views would have gone elsewhere counts instead.
      const share = paths.elsewhereSeconds / Math.max(1, paths.redisSeconds + paths.elsewhereSeconds);
      return compare(
        share,
        threshold,
        `No views in the last ${formatStep(windowSeconds)}; for ${formatPercent(share)} of that time, views would not have been counted in Redis. The limit is ${formatPercent(threshold)}.`,
      );
    },
  },
  {
    kind: "sync-late",
    title: "The sync is late",
    runbook: "the-sync-is-late",
    unit: "intervals",
    thresholdLabel: "sync intervals",
    looksBack: false,
    defaults: { threshold: 1.5, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    evaluate({ countsInRedis, unsynced, syncIntervalSeconds, syncPaused, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!unsynced) return NO_BUFFER_REPORT;
      const paused = syncPaused
        ? ` The sync is paused until ${formatTime(syncPaused.until, { now })}${syncPaused.reason ? `: ${syncPaused.reason}` : ""}`
        : "";
      if (unsynced.views === 0) return ok(0, `No views are waiting to sync.${paused}`);
      // While Redis is unreachable, the views in it keep ageing.
      const seconds = unsynced.oldestSeconds + Math.max(0, now.getTime() - unsynced.asOf.getTime()) / 1000;
      return compare(
        seconds / syncIntervalSeconds,
        threshold,
        toSentence(
          `The oldest view waiting to sync is ${formatDuration(seconds)} old; the limit is ${formatDuration(threshold * syncIntervalSeconds)} (${formatNumber(threshold)} × ${formatDuration(syncIntervalSeconds)}).${paused}`,
        ),
      );
    },
  },
  {
    kind: "sync-failing",
    title: "The sync is failing",
    runbook: "the-sync-fails",
    unit: "runs",
    thresholdLabel: "failed runs in a row",
    looksBack: false,
    defaults: { threshold: 2, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, failedSyncs }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!failedSyncs) return noData("No sync has finished yet.");
      const { inARow, error } = failedSyncs;
      if (inARow === 0) return ok(0, "The last sync succeeded.");
      return compare(
        inARow,
        threshold,
        `${formatCount(inARow, "sync", "syncs")} in a row failed${error ? ` (${error})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "sync-stuck",
    title: "A sync does not end",
    runbook: "a-sync-does-not-end",
    unit: "seconds",
    thresholdLabel: "seconds that a sync has been running",
    looksBack: false,
    defaults: { threshold: 600, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, runningSync, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!runningSync) return noData("The sync runs could not be read.");
      if (!runningSync.startedAt) return ok(0, "No sync is running.");
      const seconds = Math.max(0, (now.getTime() - runningSync.startedAt.getTime()) / 1000);
      return compare(
        seconds,
        threshold,
        `A sync that started at ${formatTime(runningSync.startedAt, { now })} has been running for ${formatDuration(seconds)}; the limit is ${formatDuration(threshold)}.`,
      );
    },
  },
  {
    kind: "reconcile-late",
    title: "Views from an outage are not compared with Redis",
    runbook: "reconcile-is-late",
    unit: "seconds",
    thresholdLabel: "seconds that the oldest row has been waiting",
    looksBack: false,
    // Right after an outage, the oldest row is as old as the outage: what matters is that it stays so.
    defaults: { threshold: 600, windowSeconds: 0, forSeconds: MINUTES_5, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, unreconciled, memory, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!unreconciled) return noData("The rows counted in the database could not be read.");
      if (!unreconciled.oldestAt) return ok(0, "Every row counted in the database was compared with Redis.");
      if (!memory)
        return noData("Redis is unreachable: the rows counted in the database wait until it is back.");
      const seconds = Math.max(0, (now.getTime() - unreconciled.oldestAt.getTime()) / 1000);
      return compare(
        seconds,
        threshold,
        `The oldest view counted in the database that was not compared with Redis is ${formatDuration(seconds)} old; the limit is ${formatDuration(threshold)}.`,
      );
    },
  },
  {
    kind: "rows-given-up",
    title: "Views may be counted twice",
    runbook: "views-may-be-counted-twice",
    unit: "views",
    thresholdLabel: "views",
    looksBack: true,
    defaults: { threshold: 1, windowSeconds: DAY, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ givenUp, now }, { threshold, windowSeconds }) {
      if (!givenUp) return noData("The list of rows that were given up could not be read.");
      const { views, fromAt, toAt } = givenUp;
      if (views === 0 || !fromAt || !toAt)
        return ok(0, `No row was given up by reconcile in the last ${formatStep(windowSeconds)}.`);
      return compare(
        views,
        threshold,
        `Up to ${formatCount(views, "view")} between ${formatTime(fromAt, { now })} and ${formatTime(toAt, { now })} may be counted twice: Redis had forgotten that time before they were compared with it. The limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "buffer-size",
    title: "Large backlog in Redis",
    runbook: "the-sync-is-late",
    unit: "views",
    thresholdLabel: "views waiting to sync",
    looksBack: false,
    defaults: { threshold: 500_000, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    evaluate({ countsInRedis, unsynced, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!unsynced) return NO_BUFFER_REPORT;
      if (now.getTime() - unsynced.asOf.getTime() > BUFFER_REPORT_VALID_MS)
        return noData(
          `No report of views waiting to sync since ${formatTime(unsynced.asOf, { now })}; there ${unsynced.views === 1 ? "was" : "were"} ${formatNumber(unsynced.views)} then.`,
        );
      return compare(
        unsynced.views,
        threshold,
        `${formatCount(unsynced.views, "view is", "views are")} waiting to sync; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "redis-memory",
    title: "Redis is running out of memory",
    runbook: "redis-memory",
    unit: "share",
    thresholdLabel: "share of its memory",
    looksBack: false,
    defaults: { threshold: 0.85, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    evaluate({ countsInRedis, memory }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!memory) return noData("Redis is unreachable: its memory use is unknown.");
      const share = memory.limit > 0 ? memory.used / memory.limit : 0;
      const message = `Redis uses ${formatPercent(share)} of its memory (${megabytes(memory.used)} of ${megabytes(memory.limit)}); the limit is ${formatPercent(threshold)}.`;
      return compare(share, threshold, message);
    },
  },
  {
    kind: "redis-safety",
    title: "Redis may lose views",
    runbook: "redis-may-lose-views",
    unit: "problems",
    thresholdLabel: "problems",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    evaluate({ countsInRedis, redisRisks }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!redisRisks)
        return noData("Redis is unreachable: whether it keeps views on disk and evicts none is unknown.");
      if (redisRisks.length === 0) return ok(0, "Redis keeps views on disk, and evicts none.");
      return compare(redisRisks.length, threshold, redisRisks.map(({ text }) => text).join(" "));
    },
  },
  {
    kind: "ledger-drift",
    title: "Views do not add up",
    runbook: "counts-differ",
    unit: "views",
    thresholdLabel: "views",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, ledger, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!ledger) return noData("No sync has written the ledger yet.");
      const asOf = `as of ${formatTime(ledger.at, { now })}`;
      if (ledger.drift === 0) return ok(0, `Every accepted view is accounted for, ${asOf}.`);
      return compare(
        ledger.drift,
        threshold,
        `${formatCount(ledger.drift, "view does", "views do")} not add up, ${asOf}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "known-loss",
    title: "Redis lost views that it had acknowledged",
    runbook: "known-loss",
    unit: "views",
    thresholdLabel: "lost views",
    looksBack: true,
    defaults: { threshold: 1, windowSeconds: DAY, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ knownLoss }, { threshold, windowSeconds }) {
      if (!knownLoss) return noData("The list of losses could not be read.");
      if (knownLoss.views === 0)
        return ok(0, `Redis lost no views in the last ${formatStep(windowSeconds)}.`);
      return compare(
        knownLoss.views,
        threshold,
        `Redis lost ${formatCount(knownLoss.views, "view")} in the last ${formatStep(windowSeconds)}${knownLoss.cause ? ` (${knownLoss.cause})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "journal-in-use",
    title: "Views are waiting in the journal",
    runbook: "the-journal-is-in-use",
    unit: "views",
    thresholdLabel: "views in journal files",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 60 },
    evaluate({ journal }, { threshold }) {
      if (!journal)
        return noData(`No process has reported in the last ${formatDuration(SILENT_AFTER_SECONDS)}.`);
      if (journal.processes > 0)
        return breached(
          journal.views,
          `${formatCount(journal.processes, "web process keeps", "web processes keep")} views only in the journal; ${formatCount(journal.views, "view")} so far.`,
        );
      if (journal.views === 0) return ok(0, "No views are waiting in journal files.");
      return compare(
        journal.views,
        threshold,
        `${formatCount(journal.views, "view is", "views are")} waiting in journal files to be replayed; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "journal-rejected",
    title: "The journal has rejected lines",
    runbook: "the-journal-has-rejected-lines",
    unit: "views",
    thresholdLabel: "lines set aside",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 60 },
    evaluate({ journalRejected }, { threshold }) {
      if (!journalRejected)
        return noData(`No process has reported in the last ${formatDuration(SILENT_AFTER_SECONDS)}.`);
      const { lines, files } = journalRejected;
      if (lines === 0) return ok(0, "No lines of the journal were set aside.");
      return compare(
        lines,
        threshold,
        `${formatCount(lines, "line was", "lines were")} set aside, because no store takes ${lines === 1 ? "it" : "them"} (${formatList(files)}); the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "worker-silent",
    title: "The worker is silent",
    runbook: "the-worker-is-silent",
    unit: "seconds",
    thresholdLabel: "seconds without a report",
    looksBack: false,
    defaults: { threshold: SILENT_AFTER_SECONDS, windowSeconds: 0, forSeconds: 15, keepFiringSeconds: 30 },
    evaluate({ countsInRedis, worker, now }, { threshold }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!worker) return noData("The workers' reports could not be read.");
      if (!worker.at)
        return breached(null, "No worker has ever reported, so no views are synced to the database.");
      const silence = Math.max(0, (now.getTime() - worker.at.getTime()) / 1000);
      return compare(
        silence,
        threshold,
        `The last report of a worker is ${formatDuration(silence)} old; the limit is ${formatDuration(threshold)}.`,
      );
    },
  },
  {
    kind: "no-views",
    title: "No views are arriving",
    runbook: "no-views-arrive",
    unit: "views",
    thresholdLabel: "views a week ago, and none now",
    looksBack: true,
    defaults: { threshold: 20, windowSeconds: HOUR, forSeconds: 60, keepFiringSeconds: 60 },
    evaluate({ arrivals }, { threshold, windowSeconds }) {
      const period = formatStep(windowSeconds);
      if (!arrivals) return noData(`There is no data from the same ${period} a week ago to compare with.`);
      const before = `${formatNumber(arrivals.weekBefore)} did in the same ${period} a week ago`;
      if (arrivals.now > 0)
        return ok(0, `${formatCount(arrivals.now, "view")} arrived in the last ${period}; ${before}.`);
      return compare(
        arrivals.weekBefore,
        threshold,
        `No view arrived in the last ${period}; ${before}. The limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "surge",
    title: "A story is far above its usual",
    runbook: "a-story-is-far-above-its-usual",
    unit: "times",
    thresholdLabel: "times its busiest same hour of four weeks",
    looksBack: false,
    defaults: { threshold: 10, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ surge, now }, { threshold }) {
      if (!surge) return noData("The stories with most views could not be read.");
      if (!surge.story) return ok(null, "No story has many views at the moment.");
      const { title, slug, hour, views, usual } = surge.story;
      const times = views / Math.max(usual, LEAST_USUAL);
      return compare(
        times,
        threshold,
        `“${title}” (${slug}) had ${formatCount(views, "view")} in the hour from ${formatTime(hour, { now })}; its most in the same hour of the last four weeks is ${formatNumber(usual)}. The limit is ${formatNumber(threshold)} times that, and at least ${formatNumber(threshold * LEAST_USUAL)}.`,
      );
    },
  },
  {
    kind: "queue-failures",
    title: "Queue jobs failed",
    runbook: "queue-failures",
    unit: "jobs",
    thresholdLabel: "failed jobs",
    looksBack: true,
    defaults: { threshold: 1, windowSeconds: HOUR, forSeconds: 0, keepFiringSeconds: 0 },
    evaluate({ countsInRedis, failedJobs }, { threshold, windowSeconds }) {
      if (!countsInRedis) return REDIS_OFF;
      if (!failedJobs) return noData("Redis is unreachable, and the queue with it.");
      const { count, error } = failedJobs;
      const period = formatStep(windowSeconds);
      if (count === 0) return ok(0, `No job failed for good in the last ${period}.`);
      return compare(
        count,
        threshold,
        `${formatCount(count, "job")} failed for good in the last ${period}${error ? ` (${error})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "failed-log-ins",
    title: "Many failed log-ins",
    runbook: "many-failed-log-ins",
    unit: "log-ins",
    thresholdLabel: "failed log-ins",
    looksBack: true,
    defaults: { threshold: 50, windowSeconds: 600, forSeconds: 0, keepFiringSeconds: MINUTES_5 },
    evaluate({ failedLogIns }, { threshold, windowSeconds }) {
      if (failedLogIns === null) return noData("The number of failed log-ins could not be read.");
      const period = formatStep(windowSeconds);
      if (failedLogIns === 0) return ok(0, `No log-in failed in the last ${period}.`);
      return compare(
        failedLogIns,
        threshold,
        `${formatCount(failedLogIns, "log-in")} failed in the last ${period}, for a wrong password or code; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
];

const byKind = new Map(RULE_TYPES.map((type) => [type.kind, type]));

/** The rule type of a row; null for a row that another version of Tidemark wrote. */
export const findRuleType = (kind: string): RuleType | null => byKind.get(kind) ?? null;

const megabytes = (bytes: number) => `${formatNumber(Math.round(bytes / 1024 / 1024))} MB`;
