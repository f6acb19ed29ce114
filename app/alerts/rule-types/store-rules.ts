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
import { breached, compare, DAY, MINUTES_5, noData, ok, REDIS_OFF, type RuleType } from "./rule-type";

/** The rules about the stores: where views are counted, and what may become of them there. */
export const STORE_RULES: readonly RuleType[] = [
  {
    kind: "fallback-share",
    title: "Views are not counted in Redis",
    runbook: "fallback-share",
    unit: "share",
    thresholdLabel: "share of views",
    looksBack: true,
    severity: "notice",
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
    kind: "reconcile-late",
    title: "Views from an outage are not compared with Redis",
    runbook: "reconcile-is-late",
    unit: "seconds",
    thresholdLabel: "seconds that the oldest row has been waiting",
    looksBack: false,
    // Right after an outage, the oldest row is as old as the outage: what matters is that it stays so.
    severity: "warning",
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
    severity: "warning",
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
    kind: "redis-memory",
    title: "Redis is running out of memory",
    runbook: "redis-memory",
    unit: "share",
    thresholdLabel: "share of its memory",
    looksBack: false,
    severity: "warning",
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
    severity: "warning",
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
    severity: "critical",
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
    severity: "critical",
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
    severity: "critical",
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
    severity: "critical",
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
];

const megabytes = (bytes: number) => `${formatNumber(Math.round(bytes / 1024 / 1024))} MB`;
