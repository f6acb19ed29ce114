import { writeAudit } from "../app/platform/audit";
import { isPaused, type SyncSetting } from "../app/platform/settings";
import { SYNC_SKIPPED } from "../app/telemetry/next-sync";
import type { PrismaClient } from "../prisma/client/client";

/**
 * Skips a scheduled sync during a pause and records that in the audit log; returns null when the sync may run. If the audit
 * event cannot be written, the job fails and BullMQ retries it.
 */
export async function skipIfPaused(
  db: PrismaClient,
  sync: SyncSetting,
  now = Date.now(),
): Promise<{ skipped: string } | null> {
  if (!isPaused(sync, now)) return null;
  await writeAudit(
    db,
    { id: null, email: "the schedule" },
    {
      action: SYNC_SKIPPED,
      target: "sync",
      reason: sync.pausedReason,
      after: { pausedUntil: sync.pausedUntil },
    },
  );
  return { skipped: `paused until ${sync.pausedUntil}` };
}
