import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type JobSchedulerTemplateOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { withTimeout, withTimeoutOrNull } from "~/tracker/timeout";
import { connectRequestRedis, isOffline, isWrongServer } from "./redis";

/** The queue whose jobs are syncs. */
export const SYNC_QUEUE = "tidemark-sync";
/** What BullMQ's keys start with, after REDIS_PREFIX: one hash tag, so that its scripts work on a cluster too. */
export const queuePrefix = (redisPrefix: string) => `${redisPrefix}{tidemark}`;

/** Options of every sync's job. A sync that fails (Postgres restarts) is tried again by itself. */
export const SYNC_JOB_OPTIONS = {
  attempts: 5,
  backoff: { type: "exponential", delay: 5000 },
  removeOnComplete: 100,
  removeOnFail: 500,
} satisfies JobSchedulerTemplateOptions;

/** The answer to a request for a sync. `ok` means that a sync will run; `note` and `why` are sentences for the person who asked. */
export type SyncRequest = { ok: true; jobId: string; note?: string } | { ok: false; why: string };

export interface SyncQueue {
  /** Asks the worker to sync now. If none would run, nothing is requested, and `why` says so and what happens next. */
  runNow(
    trigger: string,
    options?: {
      /** Runs even though the sync is paused. */
      force?: boolean;
      /** The worker starts no earlier than this, ms from now. */
      delayMs?: number;
    },
  ): Promise<SyncRequest>;
  /** BullMQ's queue, created when it is first needed; null where there is no Redis. */
  queue(): Queue | null;
  /**
   * Whether the queue's Redis answers now, wherever views are counted: a drill, or an operator's choice of the database, does not keep
   * the queue from working. Answers within a second, and never rejects.
   */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

export interface SyncQueueOptions {
  /** REDIS_PREFIX. */
  redisPrefix?: string;
  /** The reason why no sync should run now, or null. */
  whyPaused?(): string | null;
  /** The running span, which the sync then belongs to. */
  traceparent?(): string | undefined;
  /** Whether a worker has reported to Postgres lately. Requests are not checked for a worker without it. */
  workerReports?(): Promise<boolean>;
}

/** A person waits this long, ms: enough to notice a dead connection, to replace it, and to ask again. */
const TIMEOUT_MS = 2500;
const ASK_AGAIN_MS = 100;
/** Redis must answer a ping within this time, ms. */
const PING_MS = 1000;

/**
 * The producer's side of the sync queue. It fails fast, because a person is waiting for the result. The queue is created lazily:
 * one created while Redis is down would wait for it. `onError` gets the failures of its connection.
 */
export function createSyncQueue(
  redisUrl: string | undefined,
  onError: (error: Error) => void,
  { redisPrefix = "", whyPaused = () => null, workerReports, traceparent }: SyncQueueOptions = {},
): SyncQueue {
  let made: { queue: Queue; connection: Redis } | null = null;

  function queue() {
    if (!redisUrl) return null;
    if (!made) {
      const connection = connectRequestRedis(redisUrl, onError);
      // With BullMQ's check of the version, a connection lost during it would leave the queue unusable until a restart.
      const prefix = queuePrefix(redisPrefix);
      const created = new Queue(SYNC_QUEUE, { connection, prefix, skipVersionCheck: true });
      created.on("error", onError);
      made = { queue: created, connection };
    }
    return made.queue;
  }

  async function ping() {
    if (!queue() || !made) return false;
    const { connection } = made;
    // Without a connection, a command fails at once; one that is being made may take a moment.
    if (connection.status !== "ready") await once(connection, "ready");
    return (await connection.ping()) === "PONG";
  }

  return {
    queue,
    answers: async () => (await withTimeoutOrNull(PING_MS, ping())) ?? false,
    async runNow(trigger, { force = false, delayMs = 0 } = {}) {
      const target = queue();
      if (!target)
        return {
          ok: false,
          why: "No Redis is configured: views go straight to the database, so there is nothing to sync.",
        };
      const paused = force ? null : whyPaused();
      if (paused) return { ok: false, why: paused };
      try {
        const without = workerReports && (await whyNoWorker(target, workerReports));
        if (without) return { ok: false, why: without };
        const held = await isHeld(target);
        // With an id of its own, a request whose reply was lost can be made again.
        const options = { ...SYNC_JOB_OPTIONS, jobId: randomUUID(), delay: delayMs };
        const span = traceparent?.();
        const data = { trigger, ...(span !== undefined && { traceparent: span }) };
        const job = await askAgain(() => target.add("sync", data, options));
        return { ok: true, jobId: String(job.id), ...(held && { note: HELD }) };
      } catch (error) {
        return { ok: false, why: whyRefused(error as Error) };
      }
    },
    async close() {
      await made?.queue.close();
      made?.connection.disconnect();
    },
  };
}

/** Asks until Redis answers or the time is up, so that a failover in progress does not fail the request. */
async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  for (;;) {
    const left = giveUpAt - performance.now();
    try {
      return await withTimeout(Math.max(0, left), ask());
    } catch (error) {
      if (left <= ASK_AGAIN_MS || !(isWrongServer(error as Error) || isOffline(error as Error))) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
}

const NOTHING_REQUESTED = "Nothing was requested, and nothing is lost:";

/** A sentence that says why no worker would take a request, and what happens next; null when one would. */
async function whyNoWorker(queue: Queue, workerReports: () => Promise<boolean>): Promise<string | null> {
  const [reports, connected] = await Promise.all([
    // Without Postgres it is unknown, and the queue is asked alone; the action's audit row then reports that it is unreachable.
    workerReports().catch(() => true),
    askAgain(() => countWorkers(queue)),
  ]);
  if (!reports)
    return `No worker has reported lately, so no sync would run. ${NOTHING_REQUESTED} once a worker runs, it takes the turns of the schedule by itself.`;
  if (connected !== 0) return null;
  return `No worker is connected to the queue, so no sync would run now. ${NOTHING_REQUESTED} a running worker reconnects by itself, so try again in a few seconds.`;
}

/** How many workers wait for jobs of this queue, as Redis lists its clients; null where it does not (some services forbid it). */
async function countWorkers(queue: Queue): Promise<number | null> {
  try {
    const workers = await queue.getWorkers();
    const { db = 0 } = (await queue.getBackend().client).options as { db?: number };
    return workers.filter((worker) => worker.db === undefined || Number(worker.db) === db).length;
  } catch (error) {
    if (/^(NOPERM|ERR)/.test((error as Error).message)) return null;
    throw error;
  }
}

const HELD =
  "The queue is held up by a setting of its own, not by Tidemark: the worker corrects that within seconds, and then runs the sync.";

/** Whether BullMQ's queue is paused, or limits its jobs, so that they wait. */
async function isHeld(queue: Queue): Promise<boolean> {
  const { paused, concurrency, max } = await askAgain(() => queue.getMeta());
  return paused === true || concurrency !== undefined || max !== undefined;
}

/** For operators; ioredis's own messages are about its options. */
function whyRefused(error: Error): string {
  if (isOffline(error) || error.message.startsWith("no answer within"))
    return "Redis is unreachable, so no sync can be requested. Nothing is lost; try again when it is back.";
  const next =
    "Nothing is lost: when the queue misses a turn of the schedule, the worker runs it without the queue.";
  return error.message.includes("OOM")
    ? `Redis is full and did not accept the request. ${next}`
    : `Redis did not accept the request (${error.message}). ${next}`;
}
