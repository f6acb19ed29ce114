import type { Queue } from "bullmq";
import { writeAudit } from "../app/platform/audit";
import type { Logger } from "../app/platform/logger";
import { SYNC_JOB_OPTIONS } from "../app/platform/queue";
import { isPaused, type SyncSetting } from "../app/platform/settings";
import { formatList, toSentence } from "../app/shared/format";
import {
  findScheduleFaults,
  SCHEDULED_JOB,
  SCHEDULER,
  type ScheduleFault,
} from "../app/telemetry/sync-schedule";
import { formatTrigger } from "../app/telemetry/sync-trigger";
import { HOUR_MS, MINUTE_MS } from "../app/tracker/window";
import type { PrismaClient } from "../prisma/client/client";

/** Action of the audit event that the worker writes when it puts the schedule right. */
const SCHEDULE_SET = "sync.schedule";

interface SchedulerParts {
  queue: Queue;
  db: PrismaClient;
  log: Pick<Logger, "warn">;
  now?: () => number;
}

/**
 * Makes BullMQ's schedule what the setting says. The schedule is desired state: whatever was done to it, or Redis lost of it, is put
 * right, logged and audited. While nothing is wrong nothing is written, so a restart does not move the next turn. Called
 * repeatedly for as long as the worker runs. When a pause has ended, by itself or by an operator, and no sync has started
 * since, it queues one, so that unsynced views do not wait for the next turn. Rejects when Redis does not answer or refuses.
 */
export async function scheduleSync(parts: SchedulerParts, sync: SyncSetting): Promise<void> {
  const { queue, now = Date.now } = parts;
  const interval = Math.round(sync.intervalHours * HOUR_MS);
  const faults = await findScheduleFaults(queue, interval, now());
  if (faults.length > 0) {
    await repair(queue, faults, interval);
    await report(parts, faults, sync.intervalHours, now());
  }
  await runAfterPause(parts, sync, now());
}

async function repair(queue: Queue, faults: ScheduleFault[], interval: number) {
  const has = (kind: ScheduleFault["kind"]) => faults.some((fault) => fault.kind === kind);
  // A new entry takes a turn at once: it is not known when the lost one was due.
  if (has("turn")) await queue.removeJobScheduler(SCHEDULER);
  // With the interval unchanged, this keeps the time of the next turn.
  if (has("turn") || has("entry"))
    await queue.upsertJobScheduler(SCHEDULER, { every: interval }, SCHEDULED_JOB);
  if (has("queue")) {
    await queue.removeGlobalConcurrency();
    await queue.removeGlobalRateLimit();
    await queue.removeRateLimitKey();
    await queue.resume();
  }
}

async function report(
  { db, log }: SchedulerParts,
  faults: ScheduleFault[],
  intervalHours: number,
  now: number,
) {
  const reason = toSentence(`found ${formatList(faults.map((fault) => fault.what))}`);
  log.warn({ reason, intervalHours }, "the schedule was put right");
  // A program that changes it over and over gets one event per minute: audit events cannot be deleted.
  const told = await db.auditEvent.findFirst({
    where: { action: SCHEDULE_SET, reason, at: { gte: new Date(now - MINUTE_MS) } },
    select: { id: true },
  });
  if (told) return;
  await writeAudit(
    db,
    { id: null, email: "the worker" },
    { action: SCHEDULE_SET, target: "schedule", reason, after: { intervalHours } },
  );
}

async function runAfterPause({ queue, db }: SchedulerParts, sync: SyncSetting, now: number) {
  if (sync.pausedUntil === null || isPaused(sync, now)) return;
  const endedAt = new Date(sync.pausedUntil);
  const since = await db.syncRun.findFirst({ where: { startedAt: { gte: endedAt } }, select: { id: true } });
  if (since) return;
  // One job id per pause: if several workers add it, the queue has one job.
  await queue.add(
    "sync",
    { trigger: formatTrigger({ type: "pause-ended" }) },
    { ...SYNC_JOB_OPTIONS, jobId: `pause-ended-${endedAt.getTime()}` },
  );
}
