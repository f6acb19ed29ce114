import {
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTime,
  toSentence,
} from "~/shared/format";
import { SILENT_AFTER_SECONDS } from "~/telemetry/processes";
import type { Facts } from "./facts";
import type { Evaluation } from "./state";

/** What a threshold counts, and how a form asks for it. */
export type Unit = "share" | "seconds" | "views" | "intervals" | "runs" | "jobs";

export interface RuleType {
  kind: string;
  title: string;
  /** Heading of docs/troubleshooting.md, as an anchor. */
  runbook: string;
  unit: Unit;
  /** What the threshold means, after "at". */
  threshold: string;
  /** Looks back over a time of the rule's, rather than at the present. */
  looksBack: boolean;
  defaults: { threshold: number; windowSeconds: number; forSeconds: number; keepFiringSeconds: number };
  judge(facts: Facts, rule: { threshold: number; windowSeconds: number }): Evaluation;
}

const fine = (value: number | null, says: string): Evaluation => ({ is: "fine", value, says });
const unknown = (says: string): Evaluation => ({ is: "unknown", value: null, says });
const against = (value: number, threshold: number, says: string): Evaluation => ({
  is: value >= threshold ? "bad" : "fine",
  value,
  says,
});
const NO_REDIS = fine(null, "Counting in Redis is switched off, so there is nothing to watch.");
const MINUTES_5 = 300;
const HOUR = 3600;
const DAY = 86_400;

/** Every rule that there is. Each is a pure function from facts to what was seen; ops edit the numbers. */
export const RULE_TYPES: readonly RuleType[] = [
  {
    kind: "fallback-share",
    title: "Views are not counted in Redis",
    runbook: "fallback-share",
    unit: "share",
    threshold: "this share of views",
    looksBack: true,
    defaults: { threshold: 0.05, windowSeconds: MINUTES_5, forSeconds: 30, keepFiringSeconds: MINUTES_5 },
    judge({ countsInRedis, chosenDatabase, paths }, { threshold, windowSeconds }) {
      if (!countsInRedis) return NO_REDIS;
      if (chosenDatabase !== null)
        return fine(
          null,
          toSentence(
            `Views go to the database because an operator chose so${chosenDatabase && `: ${chosenDatabase}`}`,
          ),
        );
      if (!paths) return unknown(`No web process has reported in the last ${formatDuration(windowSeconds)}.`);
      const views = paths.redis + paths.elsewhere;
      if (views > 0)
        return against(
          paths.elsewhere / views,
          threshold,
          `${formatPercent(paths.elsewhere / views)} of ${formatCount(views, "view")} in the last ${formatDuration(windowSeconds)} were not counted in Redis; the limit is ${formatPercent(threshold)}.`,
        );
      // At night nobody reads: then what counts is where a view would have gone.
      const share = paths.elsewhereSeconds / Math.max(1, paths.redisSeconds + paths.elsewhereSeconds);
      return against(
        share,
        threshold,
        `Nobody read in the last ${formatDuration(windowSeconds)}; for ${formatPercent(share)} of it views would not have been counted in Redis. The limit is ${formatPercent(threshold)}.`,
      );
    },
  },
  {
    kind: "sync-late",
    title: "The sync is late",
    runbook: "the-sync-is-late",
    unit: "intervals",
    threshold: "this many sync intervals",
    looksBack: false,
    defaults: { threshold: 1.5, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    judge({ countsInRedis, waiting, syncIntervalSeconds, syncPaused, now }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!waiting) return unknown("No worker has said yet how much waits in Redis.");
      const paused = syncPaused
        ? ` The sync is paused until ${formatTime(syncPaused.until, { now })}${syncPaused.reason ? `: ${syncPaused.reason}` : ""}`
        : "";
      if (waiting.views === 0) return fine(0, `Nothing waits for the sync.${paused}`);
      // While Redis cannot be asked, what waits goes on growing old.
      const seconds = waiting.oldestSeconds + Math.max(0, now.getTime() - waiting.asOf.getTime()) / 1000;
      return against(
        seconds / syncIntervalSeconds,
        threshold,
        toSentence(
          `The oldest waiting view is ${formatDuration(seconds)} old; the limit is ${formatDuration(threshold * syncIntervalSeconds)} (${formatNumber(threshold)} × ${formatDuration(syncIntervalSeconds)}).${paused}`,
        ),
      );
    },
  },
  {
    kind: "sync-failing",
    title: "The sync fails",
    runbook: "the-sync-fails",
    unit: "runs",
    threshold: "this many failed runs in a row",
    looksBack: false,
    defaults: { threshold: 2, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    judge({ countsInRedis, failedSyncs }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!failedSyncs) return unknown("No sync has ended yet.");
      const { inARow, error } = failedSyncs;
      if (inARow === 0) return fine(0, "The last sync ended well.");
      return against(
        inARow,
        threshold,
        `${formatCount(inARow, "sync", "syncs")} in a row failed${error ? ` (${error})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "buffer-size",
    title: "Much waits in Redis",
    runbook: "the-sync-is-late",
    unit: "views",
    threshold: "this many waiting views",
    looksBack: false,
    defaults: { threshold: 500_000, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    judge({ countsInRedis, waiting, now }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!waiting || now.getTime() - waiting.asOf.getTime() > 120_000)
        return unknown(
          waiting
            ? `Redis has not said what waits since ${formatTime(waiting.asOf, { now })}; it was ${formatCount(waiting.views, "view")} then.`
            : "No worker has said yet how much waits in Redis.",
        );
      return against(
        waiting.views,
        threshold,
        `${formatCount(waiting.views, "view")} ${waiting.views === 1 ? "waits" : "wait"} for the sync; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "redis-memory",
    title: "Redis runs short of memory",
    runbook: "redis-memory",
    unit: "share",
    threshold: "this share of its memory",
    looksBack: false,
    defaults: { threshold: 0.85, windowSeconds: 0, forSeconds: 60, keepFiringSeconds: MINUTES_5 },
    judge({ countsInRedis, memory }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!memory) return unknown("Redis cannot be asked for its memory and eviction policy.");
      const share = memory.limit > 0 ? memory.used / memory.limit : 0;
      const says = `Redis uses ${formatPercent(share)} of its memory (${megabytes(memory.used)} of ${megabytes(memory.limit)}); the limit is ${formatPercent(threshold)}.`;
      if (memory.policy !== "noeviction")
        return {
          is: "bad",
          value: share,
          says: `Redis's eviction policy is ${memory.policy}, and must be noeviction: waiting views may be thrown away. ${says}`,
        };
      return against(share, threshold, says);
    },
  },
  {
    kind: "ledger-drift",
    title: "Views do not add up",
    runbook: "counts-differ",
    unit: "views",
    threshold: "this many views",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 0 },
    judge({ countsInRedis, ledger, now }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!ledger) return unknown("No sync has written the ledger yet.");
      const asOf = `as of ${formatTime(ledger.at, { now })}`;
      if (ledger.drift === 0) return fine(0, `Every accepted view is somewhere, ${asOf}.`);
      return against(
        ledger.drift,
        threshold,
        `${formatCount(ledger.drift, "view")} ${ledger.drift === 1 ? "does" : "do"} not add up, ${asOf}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "known-loss",
    title: "Redis lost views that it had acknowledged",
    runbook: "known-loss",
    unit: "views",
    threshold: "this many lost views",
    looksBack: true,
    defaults: { threshold: 1, windowSeconds: DAY, forSeconds: 0, keepFiringSeconds: 0 },
    judge({ knownLoss }, { threshold, windowSeconds }) {
      if (!knownLoss) return unknown("The list of losses could not be read.");
      if (knownLoss.views === 0)
        return fine(0, `Redis lost nothing in the last ${formatDuration(windowSeconds)}.`);
      return against(
        knownLoss.views,
        threshold,
        `Redis lost ${formatCount(knownLoss.views, "view")} in the last ${formatDuration(windowSeconds)}${knownLoss.cause ? ` (${knownLoss.cause})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "journal-in-use",
    title: "Views wait in the journal file",
    runbook: "the-journal-is-in-use",
    unit: "views",
    threshold: "this many views in journal files",
    looksBack: false,
    defaults: { threshold: 1, windowSeconds: 0, forSeconds: 0, keepFiringSeconds: 60 },
    judge({ journal }, { threshold }) {
      if (!journal)
        return unknown(`No process has reported in the last ${formatDuration(SILENT_AFTER_SECONDS)}.`);
      if (journal.processes > 0)
        return {
          is: "bad",
          value: journal.views,
          says: `${formatCount(journal.processes, "web process keeps", "web processes keep")} views in the journal file only; ${formatCount(journal.views, "view")} so far.`,
        };
      if (journal.views === 0) return fine(0, "No view waits in a journal file.");
      return against(
        journal.views,
        threshold,
        `${formatCount(journal.views, "view")} ${journal.views === 1 ? "waits" : "wait"} in journal files to be replayed; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "worker-silent",
    title: "The worker is silent",
    runbook: "the-worker-is-silent",
    unit: "seconds",
    threshold: "this many seconds without a word",
    looksBack: false,
    defaults: { threshold: SILENT_AFTER_SECONDS, windowSeconds: 0, forSeconds: 15, keepFiringSeconds: 30 },
    judge({ countsInRedis, worker, now }, { threshold }) {
      if (!countsInRedis) return NO_REDIS;
      if (!worker) return unknown("The workers' reports could not be read.");
      if (!worker.at)
        return {
          is: "bad",
          value: null,
          says: "No worker has ever reported: nothing is carried to the database.",
        };
      const silence = Math.max(0, (now.getTime() - worker.at.getTime()) / 1000);
      return against(
        silence,
        threshold,
        `The last word of a worker is ${formatDuration(silence)} old; the limit is ${formatDuration(threshold)}.`,
      );
    },
  },
  {
    kind: "no-views",
    title: "No views arrive",
    runbook: "no-views-arrive",
    unit: "views",
    threshold: "this many views a week before, and none now",
    looksBack: true,
    defaults: { threshold: 20, windowSeconds: HOUR, forSeconds: 60, keepFiringSeconds: 60 },
    judge({ arrivals }, { threshold, windowSeconds }) {
      const time = `the last ${formatDuration(windowSeconds)}`;
      if (!arrivals) return unknown(`Nothing is known of ${time} a week before, to compare with.`);
      const before = `${formatCount(arrivals.weekBefore, "view")} in the same time a week before`;
      if (arrivals.now > 0)
        return fine(0, `${formatCount(arrivals.now, "view")} came in ${time}; ${before}.`);
      return against(
        arrivals.weekBefore,
        threshold,
        `No view came in ${time}; ${before}, and the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
  {
    kind: "queue-failures",
    title: "Jobs of the queue failed",
    runbook: "queue-failures",
    unit: "jobs",
    threshold: "this many failed jobs",
    looksBack: true,
    defaults: { threshold: 1, windowSeconds: HOUR, forSeconds: 0, keepFiringSeconds: 0 },
    judge({ countsInRedis, failedJobs }, { threshold, windowSeconds }) {
      if (!countsInRedis) return NO_REDIS;
      if (!failedJobs) return unknown("The queue is in Redis, which cannot be asked.");
      const { count, error } = failedJobs;
      if (count === 0) return fine(0, `No job failed for good in the last ${formatDuration(windowSeconds)}.`);
      return against(
        count,
        threshold,
        `${formatCount(count, "job")} failed for good in the last ${formatDuration(windowSeconds)}${error ? ` (${error})` : ""}; the limit is ${formatNumber(threshold)}.`,
      );
    },
  },
];

const byName = new Map(RULE_TYPES.map((kind) => [kind.kind, kind]));

/** A kind by its name; null for a row that another version of Tidemark made. */
export const findRuleType = (name: string): RuleType | null => byName.get(name) ?? null;

const megabytes = (bytes: number) => `${formatNumber(Math.round(bytes / 1024 / 1024))} MB`;
