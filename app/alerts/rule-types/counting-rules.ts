import { formatCount, formatDuration, formatNumber, formatPercent, formatStep } from "~/shared/format";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { evaluateAway, explainChoice, explainDrill } from "./away-rule";
import { breached, compare, MINUTES_5, noData, ok, REDIS_OFF, type RuleType } from "./rule-type";

/** The rules about where views are counted. */
export const COUNTING_RULES: readonly RuleType[] = [
  {
    kind: "redis-away",
    title: "Redis is away",
    runbook: "redis-is-away",
    unit: "processes",
    limitLabel: ["Fire when at least", "web processes do not count in Redis"],
    looksBack: false,
    severity: "warning",
    // Quick, because the facts tell to the second when it began and ended: an outage has its own alert, and the next one another.
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 15, keepFiringSeconds: 30 },
    evaluate: evaluateAway,
  },
  {
    kind: "fallback-share",
    title: "Views are not counted in Redis",
    runbook: "fallback-share",
    unit: "share",
    limitLabel: ["Fire above", "% of views"],
    looksBack: true,
    severity: "notice",
    defaults: { threshold: 0.05, windowSeconds: MINUTES_5, forSeconds: 30, keepFiringSeconds: MINUTES_5 },
    evaluate(facts, { threshold, windowSeconds }) {
      const { countsInRedis, databaseReason, paths } = facts;
      if (!countsInRedis) return REDIS_OFF;
      if (databaseReason !== null) return explainChoice(databaseReason);
      if (!paths) return noData(`No web process has reported in the last ${formatStep(windowSeconds)}.`);
      const views = paths.redis + paths.elsewhere;
      // Without readers, at night for example, the share of time that views would have gone elsewhere counts instead.
      const seconds = paths.redisSeconds + paths.elsewhereSeconds;
      const share = views > 0 ? paths.elsewhere / views : paths.elsewhereSeconds / Math.max(1, seconds);
      const message =
        views > 0
          ? `${formatPercent(share)} of ${formatCount(views, "view")} in the last ${formatStep(windowSeconds)} were not counted in Redis; the limit is ${formatPercent(threshold)}.`
          : `No views in the last ${formatStep(windowSeconds)}. Redis was away for ${formatPercent(share)} of them; the limit is ${formatPercent(threshold)}.`;
      return explainDrill(compare(share, threshold, message), facts, windowSeconds);
    },
  },
  {
    kind: "journal-in-use",
    title: "Views are waiting in the journal",
    runbook: "the-journal-is-in-use",
    unit: "views",
    limitLabel: ["Fire at", "views in journal files or more"],
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
    kind: "reconcile-late",
    title: "Views from an outage are not compared with Redis",
    runbook: "reconcile-is-late",
    unit: "seconds",
    limitLabel: ["Fire when the oldest row has been waiting for", ""],
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
];
