import type { Queue } from "bullmq";
import { formatList } from "~/shared/format";
import { isWorkerAlive } from "~/telemetry/processes";
import { findScheduleFaults } from "~/telemetry/sync-schedule";
import { withTimeoutOrNull } from "~/tracker/timeout";
import type { PrismaClient } from "../../../prisma/client/client";

const TIMEOUT_MS = 500;

/**
 * Why scheduled syncs may not run, in sentences: no worker, or a schedule in Redis that differs from the settings. Empty when they
 * will, without Redis (`queue` is null), and where Redis does not answer in time, which the page says elsewhere. Rejects when
 * Postgres does not answer.
 */
export async function readSchedule(
  { db, queue, intervalHours }: { db: PrismaClient; queue: Queue | null; intervalHours: number },
  now: Date,
): Promise<string[]> {
  if (!queue) return [];
  const interval = Math.round(intervalHours * 3_600_000);
  const [alive, faults] = await Promise.all([
    isWorkerAlive(db, now),
    withTimeoutOrNull(TIMEOUT_MS, findScheduleFaults(queue, interval, now.getTime())),
  ]);
  if (!alive) return ["No worker is running: no sync runs until one does. Views are counted as before."];
  if (!faults?.length) return [];
  return [
    `The schedule in Redis differs from the settings: ${formatList(faults.map((fault) => fault.what))}. The worker corrects that within seconds. If this persists, Redis is refusing writes: the worker then runs overdue syncs without the queue, and its log has the reason.`,
  ];
}
