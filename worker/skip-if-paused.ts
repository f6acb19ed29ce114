import { writeAudit } from "../app/platform/audit";
import { isPaused, type SyncSetting } from "../app/platform/settings";
import { SYNC_SKIPPED } from "../app/telemetry/next-sync";
import type { PrismaClient } from "../prisma/client/client";

/**
 * What becomes of a scheduled sync while the sync is paused: nothing runs, and the audit says so. Null when it may run. A
 * note that cannot be written fails the job, which BullMQ tries again.
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
