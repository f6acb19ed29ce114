import type { Queue } from "bullmq";
import { isPaused, type SyncSetting } from "../app/platform/settings";
import { formatTrigger, SCHEDULE_TRIGGER } from "../app/telemetry/sync-trigger";
import { HOUR_MS } from "../app/tracker/window";
import type { PrismaClient } from "../prisma/client/client";

/**
 * Brings BullMQ's schedule in line with the setting. Called repeatedly for as long as the worker runs: the interval may
 * change, and a Redis that lost its data has lost the schedule too. When a pause has ended, by itself or by an operator,
 * and no sync has started since, it queues one, so that unsynced views do not wait for the next turn.
 */
export async function scheduleSync(
  { queue, db, now = Date.now }: { queue: Queue; db: PrismaClient; now?: () => number },
  sync: SyncSetting,
): Promise<void> {
  const interval = Math.round(sync.intervalHours * HOUR_MS);
  if (Number((await queue.getJobScheduler("sync"))?.every) !== interval)
    await queue.upsertJobScheduler(
      "sync",
      { every: interval },
      {
        name: "sync",
        data: { trigger: SCHEDULE_TRIGGER },
        opts: {
          attempts: 5,
          backoff: { type: "exponential", delay: 5000 },
          removeOnComplete: 100,
          removeOnFail: 500,
        },
      },
    );
  if (sync.pausedUntil === null || isPaused(sync, now())) return;
  const endedAt = new Date(sync.pausedUntil);
  const since = await db.syncRun.findFirst({ where: { startedAt: { gte: endedAt } }, select: { id: true } });
  if (since) return;
  // One job id per pause: if several workers add it, the queue has one job.
  await queue.add(
    "sync",
    { trigger: formatTrigger({ type: "pause-ended" }) },
    { jobId: `pause-ended-${endedAt.getTime()}`, removeOnComplete: 100, removeOnFail: 500 },
  );
}
