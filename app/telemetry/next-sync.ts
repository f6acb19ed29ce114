import type { PrismaClient } from "../../prisma/client/client";
import { TURN_TRIGGERS } from "./sync-trigger";

/** Action of the audit event that the worker writes for each scheduled run that a pause skips. */
export const SYNC_SKIPPED = "sync.skip";

/**
 * Works out when the schedule will next start a sync: one interval after its last turn, whether that turn ran or was
 * skipped during a pause. Null until the schedule has had a turn.
 */
export async function nextSyncAt(db: PrismaClient, intervalSeconds: number): Promise<Date | null> {
  const [run, skip] = await Promise.all([
    db.syncRun.findFirst({
      where: { trigger: { in: TURN_TRIGGERS } },
      orderBy: { startedAt: "desc" },
      select: { startedAt: true },
    }),
    db.auditEvent.findFirst({
      where: { action: SYNC_SKIPPED },
      orderBy: { id: "desc" },
      select: { at: true },
    }),
  ]);
  const lastTurn = Math.max(run?.startedAt.getTime() ?? 0, skip?.at.getTime() ?? 0);
  return lastTurn > 0 ? new Date(lastTurn + intervalSeconds * 1000) : null;
}
