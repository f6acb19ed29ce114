import { formatCount, formatNumber, formatPercent, formatTime } from "~/shared/format";
import { compare, MINUTES_5, noData, ok, REDIS_OFF, type RuleType } from "./rule-type";

const NO_BUFFER_REPORT = noData("No worker has reported yet how many views are waiting to sync.");
/** A report of unsynced views that is older than this, ms, is out of date. */
const BUFFER_REPORT_VALID_MS = 120_000;

/** The rules about Redis itself. */
export const REDIS_RULES: readonly RuleType[] = [
  {
    kind: "redis-memory",
    title: "Redis is running out of memory",
    runbook: "redis-memory",
    unit: "share",
    limitLabel: ["Fire above", "% of its memory"],
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
    limitLabel: ["Fire at", "problems or more"],
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
    kind: "buffer-size",
    title: "Large backlog in Redis",
    runbook: "the-sync-is-late",
    unit: "views",
    limitLabel: ["Fire at", "views waiting to sync or more"],
    looksBack: false,
    severity: "warning",
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
];

const megabytes = (bytes: number) => `${formatNumber(Math.round(bytes / 1024 / 1024))} MB`;
