import { isPaused, type SyncSetting } from "../app/platform/settings";
import { readLastTurns } from "../app/telemetry/next-sync";
import { RUN_DEAD_AFTER_MS } from "../app/telemetry/sync-runs";
import { TURN_TRIGGERS } from "../app/telemetry/sync-trigger";
import { HOUR_MS, MINUTE_MS } from "../app/tracker/window";
import type { PrismaClient } from "../prisma/client/client";

const SHORTEST_MARGIN_MS = 10_000;
const LONGEST_MARGIN_MS = 2 * MINUTE_MS;

/** How late, ms, the queue may be with a turn before the worker takes it: a tenth of the interval, ten seconds to two minutes. */
export const marginOf = (intervalMs: number) =>
  Math.min(LONGEST_MARGIN_MS, Math.max(SHORTEST_MARGIN_MS, intervalMs / 10));

/**
 * Finds the turn of the schedule that the queue owes: when it was due, or null when none is overdue. A turn is done when its sync
 * succeeded, still runs, or was skipped by a pause; one that failed is owed until it succeeds. `readySince` (Unix ms) is when the
 * queue could first deliver again, so that it gets the margin to do so. Rejects when Postgres does not answer.
 */
export async function findOverdueTurn(
  db: PrismaClient,
  sync: SyncSetting,
  { readySince, now }: { readySince: number; now: number },
): Promise<Date | null> {
  if (isPaused(sync, now)) return null;
  const interval = Math.round(sync.intervalHours * HOUR_MS);
  const [turn, { ranAt, skippedAt }, sincePause] = await Promise.all([
    db.syncRun.findFirst({
      where: {
        trigger: { in: TURN_TRIGGERS },
        OR: [
          { endedAt: { not: null }, error: null },
          { endedAt: null, startedAt: { gte: new Date(now - RUN_DEAD_AFTER_MS) } },
        ],
      },
      orderBy: { startedAt: "desc" },
      select: { startedAt: true },
    }),
    readLastTurns(db),
    sync.pausedUntil === null
      ? null
      : db.syncRun.findFirst({
          where: { startedAt: { gte: new Date(sync.pausedUntil) } },
          select: { id: true },
        }),
  ]);
  const lastTurn = Math.max(turn?.startedAt.getTime() ?? 0, skippedAt?.getTime() ?? 0);
  const scheduled = lastTurn + interval;
  // The end of a pause is a turn as well.
  const due = sync.pausedUntil && !sincePause ? Math.min(scheduled, Date.parse(sync.pausedUntil)) : scheduled;
  // After a turn that failed, the queue or another worker may be about to try again.
  const since = Math.max(due, readySince, ranAt?.getTime() ?? 0);
  return now - since >= marginOf(interval) ? new Date(Math.max(due, readySince)) : null;
}
