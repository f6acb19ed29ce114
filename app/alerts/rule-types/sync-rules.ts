import {
  formatCount,
  formatDuration,
  formatNumber,
  formatStep,
  formatTime,
  toSentence,
} from "~/shared/format";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import { breached, compare, HOUR, MINUTES_5, noData, ok, REDIS_OFF, type RuleType } from "./rule-type";

const NO_BUFFER_REPORT = noData("No worker has reported yet how many views are waiting to sync.");

/** The rules about the sync and the worker that runs it. */
export const SYNC_RULES: readonly RuleType[] = [
  {
    kind: "sync-late",
    title: "The sync is late",
    runbook: "the-sync-is-late",
    unit: "intervals",
    limitLabel: ["Fire above", "sync intervals"],
    looksBack: false,
    severity: "warning",
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
    limitLabel: ["Fire at", "failed runs in a row or more"],
    looksBack: false,
    severity: "warning",
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
    limitLabel: ["Fire when a sync has been running for", ""],
    looksBack: false,
    severity: "warning",
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
    kind: "worker-silent",
    title: "The worker is silent",
    runbook: "the-worker-is-silent",
    unit: "seconds",
    limitLabel: ["Fire after", "without a report"],
    looksBack: false,
    severity: "warning",
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
    kind: "queue-failures",
    title: "Queue jobs failed",
    runbook: "queue-failures",
    unit: "jobs",
    limitLabel: ["Fire at", "failed jobs or more"],
    looksBack: true,
    severity: "notice",
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
];
