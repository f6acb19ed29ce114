import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { withTimeout } from "~/tracker/timeout";

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

const TIMEOUT_MS = 1500;

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
      const connection = new Redis(redisUrl, {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        retryStrategy: () => 1000,
        connectionName: "tidemark-queue",
      });
      connection.on("error", onError);
      const created = new Queue(SYNC_QUEUE, { connection, prefix: QUEUE_PREFIX });
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
        const job = await withTimeout(
          TIMEOUT_MS,
          target
            .waitUntilReady()
            .then(() =>
              target.add("sync", { trigger }, { delay: delayMs, removeOnComplete: 100, removeOnFail: 500 }),
            ),
        );
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

/** For operators; ioredis's own message is about its options. */
const whyNot = ({ message }: Error) =>
  message.startsWith("Stream isn't writeable")
    ? "Redis is unreachable, so no sync can be requested."
    : `Redis did not accept the job (${message}).`;
