import type { PrismaClient } from "../../prisma/client/client";
import { TURN_TRIGGERS } from "./sync-trigger";

/** Action of the audit event that the worker writes for each scheduled run that a pause skips. */
export const SYNC_SKIPPED = "sync.skip";

/** When the schedule last started a sync, however it ended, and when a pause last skipped one; null where it never did. */
export async function readLastTurns(
  db: PrismaClient,
): Promise<{ ranAt: Date | null; skippedAt: Date | null }> {
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
  return { ranAt: run?.startedAt ?? null, skippedAt: skip?.at ?? null };
}

/**
 * Works out when the schedule will next start a sync: one interval after its last turn, whether that turn ran or was
 * skipped during a pause. Null until the schedule has had a turn.
 */
export async function nextSyncAt(db: PrismaClient, intervalSeconds: number): Promise<Date | null> {
  const { ranAt, skippedAt } = await readLastTurns(db);
  const lastTurn = Math.max(ranAt?.getTime() ?? 0, skippedAt?.getTime() ?? 0);
  return lastTurn > 0 ? new Date(lastTurn + intervalSeconds * 1000) : null;
}
