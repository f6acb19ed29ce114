import { Queue, Worker } from "bullmq";
import { BadSetting, readEnv } from "../app/platform/env";
import { every } from "../app/platform/every";
import { QUEUE_PREFIX, SYNC_QUEUE } from "../app/platform/queue";
import { connectWaitingRedis } from "../app/platform/redis";
import { createRuntime, type Runtime } from "../app/runtime/create-runtime";
import { createFallbackRows } from "../app/stores/postgres/fallback-rows";
import { createMarks } from "../app/stores/postgres/marks";
import type { RedisViews } from "../app/stores/redis/redis-views";
import { recordLedger } from "../app/telemetry/ledger";
import { formatTrigger, SCHEDULE_TRIGGER } from "../app/telemetry/sync-trigger";
import { startHousekeeping } from "./housekeeping";
import { runReconcile } from "./run-reconcile";
import { runSync } from "./run-sync";
import { scheduleSync } from "./schedule-sync";
import { skipIfPaused } from "./skip-if-paused";

const SHUTDOWN_MS = 15_000;

/** For the fault harness: the worker dies on the spot, as in a power cut, when it reaches the labelled step. */
const dieAt = (label: string | undefined) => (step: string) => {
  if (step === label) process.kill(process.pid, "SIGKILL");
};

/** A sync that a dead worker held is taken over after this long, ms; BullMQ renews it at half of that. */
const LOCK_MS = 30_000;
/** The schedule follows the settings as every process does: within five seconds. */
const SCHEDULE_CHECK_MS = 2000;

/** The scheduled and on-demand sync. Two workers may run it at the same moment: marks make that harmless. */
async function startSync(runtime: Runtime, redisViews: RedisViews, redisUrl: string) {
  const { env, log, db, pool } = runtime;
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
          step: dieAt(env.FAULT_KILL_AT),
          recordLedger: () =>
            recordLedger(pool, redisViews).catch((error: Error) =>
              log.warn({ error: error.message }, "the ledger could not be read after the sync"),
            ),
        },
        // Somebody may add a job without data on the queue board.
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
  // Looked after for as long as the worker lives: a Redis that lost its data has lost the schedule too.
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

async function main() {
  const env = readEnv();
  const runtime = await createRuntime(env, "worker");
  const { log, redisViews } = runtime;
  const stops: (() => Promise<void>)[] = [startHousekeeping(runtime)];
  if (redisViews && env.REDIS_URL) {
    stops.push(await startSync(runtime, redisViews, env.REDIS_URL));
    const rows = createFallbackRows(runtime.pool, runtime.window);
    stops.push(runReconcile(runtime, redisViews, rows, dieAt(env.FAULT_KILL_AT)));
  }
  log.info({ redis: redisViews !== null }, "the worker is up");

  let ending = false;
  const end = async (signal: string) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
    for (const stop of stops) await stop();
    await runtime.close();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof BadSetting ? error.message : (error.stack ?? error.message)}\n`);
  process.exit(1);
});
