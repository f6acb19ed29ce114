import { Queue, Worker } from "bullmq";
import { every } from "../app/platform/every";
import { queuePrefix, SYNC_QUEUE } from "../app/platform/queue";
import { connectWaitingRedis } from "../app/platform/redis";
import type { Runtime } from "../app/runtime/create-runtime";
import { createMarks } from "../app/stores/postgres/marks";
import type { RedisViews } from "../app/stores/redis/redis-views";
import { recordLedger } from "../app/telemetry/ledger/record-ledger";
import { THROUGHPUT_MINUTES } from "../app/telemetry/queue-reading";
import { SCHEDULER } from "../app/telemetry/sync-schedule";
import { formatTrigger, readJobSpan, readJobTrigger, SCHEDULE_TRIGGER } from "../app/telemetry/sync-trigger";
import type { Step } from "../app/tracker/sync";
import { withTimeoutOrNull } from "../app/tracker/timeout";
import { findOverdueTurn } from "./overdue-sync";
import { refreshUnsynced } from "./remember-unsynced";
import { runSync } from "./run-sync";
import { scheduleSync } from "./schedule-sync";
import { skipIfPaused } from "./skip-if-paused";

/** Another worker takes over a dead worker's sync after this long, ms; BullMQ renews the lock at half of that. */
const LOCK_MS = 30_000;
/** How often, ms, jobs without a lock are looked for: those of a dead worker, and those that a full Redis cut short. */
const STALLED_CHECK_MS = 10_000;
/** How often the schedule is checked, so that it follows the settings within five seconds, as every process does. */
const SCHEDULE_CHECK_MS = 2000;
/** How often the worker looks whether the queue owes a turn, and how long, ms, Redis may take to show that it can be read. */
const OVERDUE_CHECK_MS = 5000;
const READ_TIMEOUT_MS = 2000;
/** BullMQ asks again this soon, ms, after Redis refused something or a rate limit held it up. */
const RETRY_MS = 2000;

/**
 * Starts the scheduled and on-demand sync. Jobs come from the queue in Redis; a timer beside it runs the turns that the queue does
 * not deliver, for example because Redis is full and takes no writes. Two syncs may run at the same moment, in one worker or in
 * two: the marks make that harmless.
 * @returns a function that stops it.
 */
export function startSync(
  runtime: Runtime,
  redisViews: RedisViews,
  redisUrl: string,
  step: Step,
): () => Promise<void> {
  const { log, db, tracing } = runtime;
  const pool = runtime.pools.work;
  const connection = connectWaitingRedis(redisUrl, (error) =>
    log.warn({ error: error.message }, "worker connection"),
  );
  const prefix = queuePrefix(runtime.env.REDIS_PREFIX);
  const queue = new Queue(SYNC_QUEUE, { connection, prefix });
  const marks = createMarks(pool);
  const sync = (trigger: string) =>
    runSync(
      {
        db,
        redis: redisViews,
        marks,
        step,
        refreshUnsynced: (before) =>
          refreshUnsynced(pool, redisViews, before).catch((error: Error) =>
            log.warn({ error: error.message }, "what is remembered of unsynced views is of before the sync"),
          ),
        within: tracing ? (name, work) => tracing.span(name, work) : undefined,
        recordLedger: () =>
          recordLedger(pool, redisViews, runtime.window).catch((error: Error) =>
            log.warn({ error: error.message }, "the ledger could not be read after the sync"),
          ),
      },
      trigger,
    );
  /** `parent`: the span that asked for the sync. */
  const run = (trigger: string, parent?: string) =>
    tracing ? tracing.span("sync", () => measured(trigger), { parent }) : measured(trigger);
  async function measured(trigger: string) {
    const startedAt = performance.now();
    let views = 0;
    let failed = true;
    try {
      const done = await sync(trigger);
      ({ views } = done);
      failed = false;
      return done;
    } finally {
      runtime.metrics.work.synced({ seconds: (performance.now() - startedAt) / 1000, views, failed });
    }
  }
  const worker = new Worker<unknown>(
    SYNC_QUEUE,
    async (job) => {
      const trigger = readJobTrigger({ data: job.data, isTurn: job.repeatJobKey === SCHEDULER });
      if (trigger === SCHEDULE_TRIGGER) {
        await runtime.settings.refresh();
        const skipped = await skipIfPaused(db, runtime.settings.current().sync);
        if (skipped) return skipped;
      }
      return run(trigger, readJobSpan(job.data));
    },
    {
      connection,
      prefix,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 10,
      runRetryDelay: RETRY_MS,
      maximumRateLimitDelay: RETRY_MS,
      metrics: { maxDataPoints: THROUGHPUT_MINUTES },
    },
  );
  worker.on("completed", (job, result: { views: number; targets: number } | { skipped: string }) =>
    log.info({ job: job.id, ...result }, "skipped" in result ? "sync skipped" : "sync done"),
  );
  worker.on("failed", (job, error) => log.error({ job: job?.id, error: error.message }, "sync failed"));
  worker.on("stalled", (job) => log.warn({ job }, "a sync was cut short and runs again"));
  worker.on("error", (error) => log.warn({ error: error.message }, "worker"));
  queue.on("error", (error) => log.warn({ error: error.message }, "queue"));
  // Checked for as long as the worker runs: a Redis that lost its data has lost the schedule too.
  const stopScheduling = every(
    SCHEDULE_CHECK_MS,
    () => scheduleSync({ queue, db, log }, runtime.settings.current().sync),
    (error) => log.warn({ error: error.message }, "the sync could not be scheduled"),
  );
  /** Since when Redis has been readable without a break, Unix ms; null while it is not. */
  let readySince: number | null = null;
  const stopOverdue = every(
    OVERDUE_CHECK_MS,
    async () => {
      // Asked directly: the breaker is open while Redis is full, and a sync is what frees it.
      const readable = await withTimeoutOrNull(READ_TIMEOUT_MS, redisViews.unsynced());
      readySince = readable ? (readySince ?? Date.now()) : null;
      if (readySince === null) return;
      const { sync } = runtime.settings.current();
      const due = await findOverdueTurn(db, sync, { readySince, now: Date.now() });
      if (!due) return;
      log.warn({ due }, "the queue did not deliver a turn of the schedule; the worker runs it");
      const done = await run(formatTrigger({ type: "overdue" }));
      log.info(done, "sync done");
    },
    (error) => log.error({ error: error.message }, "an overdue sync failed and will be tried again"),
  );
  return async () => {
    void stopScheduling();
    await Promise.all([stopOverdue(), worker.close()]);
    await queue.close();
    connection.disconnect();
  };
}
