import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { withTimeout } from "~/tracker/timeout";
import { connectRequestRedis, isWrongServer } from "./redis";

/** The queue whose jobs are syncs. */
export const SYNC_QUEUE = "tidemark-sync";
/** One hash tag, so that BullMQ's scripts work on a cluster too. */
export const QUEUE_PREFIX = "{tidemark}";

export interface SyncQueue {
  /** Asks the worker to sync now. If that is not possible (Redis is unreachable or not configured), `why` is a sentence. */
  runNow(
    trigger: string,
    options?: {
      /** Runs even though the sync is paused. */
      force?: boolean;
      /** The worker starts no earlier than this, ms from now. */
      delayMs?: number;
    },
  ): Promise<{ ok: true; jobId: string } | { ok: false; why: string }>;
  /** BullMQ's queue, created when it is first needed; null where there is no Redis. */
  queue(): Queue | null;
  close(): Promise<void>;
}

/** A person waits this long, ms: enough to notice a dead connection, to replace it, and to ask again. */
const TIMEOUT_MS = 2500;
const ASK_AGAIN_MS = 100;

/**
 * The producer's side of the sync queue. It fails fast, because a person is waiting for the result. The queue is created lazily:
 * one created while Redis is down would wait for it. `whyPaused` returns the reason why no sync should run now, or null.
 */
export function createSyncQueue(
  redisUrl: string | undefined,
  onError: (error: Error) => void,
  whyPaused: () => string | null = () => null,
): SyncQueue {
  let made: { queue: Queue; connection: Redis } | null = null;

  function queue() {
    if (!redisUrl) return null;
    if (!made) {
      const connection = connectRequestRedis(redisUrl, onError);
      // With BullMQ's check of the version, a connection lost during it would leave the queue unusable until a restart.
      const created = new Queue(SYNC_QUEUE, { connection, prefix: QUEUE_PREFIX, skipVersionCheck: true });
      created.on("error", onError);
      made = { queue: created, connection };
    }
    return made.queue;
  }

  return {
    queue,
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
        // With an id of its own, a request whose reply was lost can be made again.
        const options = { jobId: randomUUID(), delay: delayMs, removeOnComplete: 100, removeOnFail: 500 };
        const job = await askAgain(() => target.add("sync", { trigger }, options));
        return { ok: true, jobId: String(job.id) };
      } catch (error) {
        return { ok: false, why: `${whyNot(error as Error)} Nothing is lost; try again when it is back.` };
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

/** ioredis's words for a command that found no connection, or lost it. */
const isOffline = ({ message }: Error) =>
  /^(Stream isn't writeable|Connection is closed|Reached the max retries per request)/.test(message);

/** For operators; ioredis's own messages are about its options. */
const whyNot = (error: Error) =>
  isOffline(error) || error.message.startsWith("no answer within")
    ? "Redis is unreachable, so no sync can be requested."
    : `Redis did not accept the job (${error.message}).`;
