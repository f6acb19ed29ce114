import { Queue, Worker } from "bullmq";
import { every } from "../app/platform/every";
import { QUEUE_PREFIX, SYNC_QUEUE } from "../app/platform/queue";
import { connectWaitingRedis } from "../app/platform/redis";
import type { Runtime } from "../app/runtime/create-runtime";
import { createMarks } from "../app/stores/postgres/marks";
import type { RedisViews } from "../app/stores/redis/redis-views";
import { recordLedger } from "../app/telemetry/ledger/record-ledger";
import { formatTrigger, SCHEDULE_TRIGGER } from "../app/telemetry/sync-trigger";
import type { Step } from "../app/tracker/sync";
import { runSync } from "./run-sync";
import { scheduleSync } from "./schedule-sync";
import { skipIfPaused } from "./skip-if-paused";

/** Another worker takes over a dead worker's sync after this long, ms; BullMQ renews the lock at half of that. */
const LOCK_MS = 30_000;
/** How often the schedule is checked, so that it follows the settings within five seconds, as every process does. */
const SCHEDULE_CHECK_MS = 2000;

/**
 * Starts the scheduled and on-demand sync. Two workers may run it at the same moment: the marks make that harmless.
 * @returns a function that stops it.
 */
export function startSync(
  runtime: Runtime,
  redisViews: RedisViews,
  redisUrl: string,
  step: Step,
): () => Promise<void> {
  const { log, db } = runtime;
  const pool = runtime.pools.work;
  const connection = connectWaitingRedis(redisUrl, (error) =>
    log.warn({ error: error.message }, "worker connection"),
  );
  const queue = new Queue(SYNC_QUEUE, { connection, prefix: QUEUE_PREFIX });
  const marks = createMarks(pool);
  const worker = new Worker<{ trigger?: string } | undefined>(
    SYNC_QUEUE,
    async (job) => {
      if (job.data?.trigger === SCHEDULE_TRIGGER) {
        await runtime.settings.refresh();
        const skipped = await skipIfPaused(db, runtime.settings.current().sync);
        if (skipped) return skipped;
      }
      return runSync(
        {
          db,
          redis: redisViews,
          marks,
          step,
          recordLedger: () =>
            recordLedger(pool, redisViews, runtime.window).catch((error: Error) =>
              log.warn({ error: error.message }, "the ledger could not be read after the sync"),
            ),
        },
        // A job added on the queue board may have no data.
        job.data?.trigger ?? formatTrigger({ type: "queue-board" }),
      );
    },
    { connection, prefix: QUEUE_PREFIX, lockDuration: LOCK_MS, maxStalledCount: 10 },
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
    () => scheduleSync({ queue, db }, runtime.settings.current().sync),
    (error) => log.warn({ error: error.message }, "the sync could not be scheduled"),
  );
  return async () => {
    void stopScheduling();
    await worker.close();
    await queue.close();
    connection.disconnect();
  };
}
