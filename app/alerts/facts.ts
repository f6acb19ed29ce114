/** What rules look at: read once a round, each part by itself. A part that is null could not be read: no data. */
export interface Facts {
  now: Date;
  /** False where counting in Redis is switched off: most rules then have nothing to watch. */
  countsInRedis: boolean;
  /** Why an operator sends views to the database at present; null when nobody does. */
  chosenDatabase: string | null;
  syncIntervalSeconds: number;
  /** Why and until when the sync is paused. */
  syncPaused: { until: Date; reason: string } | null;
  /** Views by path in the fallback rule's time, and seconds that web processes spent in each mode; null without samples. */
  paths: { redis: number; elsewhere: number; redisSeconds: number; elsewhereSeconds: number } | null;
  /** The newest word of what waits in Redis. */
  waiting: { views: number; oldestSeconds: number; asOf: Date } | null;
  /** Runs that failed since the last good one, and what the last of them said. */
  failedSyncs: { inARow: number; error: string | null } | null;
  /** `used` and `limit` in bytes; the limit is the machine's memory where Redis has none of its own. */
  memory: { used: number; limit: number; policy: string } | null;
  /** Jobs of the queue that failed for good in the rule's time. */
  failedJobs: { count: number; error: string | null } | null;
  ledger: { drift: number; at: Date } | null;
  knownLoss: { views: number; cause: string | null } | null;
  /** Views in journal files, and web processes whose newest mode is the journal; null when no process reports. */
  journal: { views: number; processes: number } | null;
  /** When a worker reported last; `at` is null when none ever did. */
  worker: { at: Date | null } | null;
  /** Views and repeats in the rule's time and in the same time a week before; null without samples from then. */
  arrivals: { now: number; weekBefore: number } | null;
}
