import type { Period } from "~/shared/annotations";
import type { PrismaClient } from "../../prisma/client/client";

/** Changes of the setting read at most, the newest. */
const MAX_CHANGES = 2000;

/** One change of the sync's setting, from the audit log. Times are Unix ms. */
export interface SyncSettingAt {
  at: number;
  pausedUntil: number | null;
  reason: string;
  intervalHours: number | null;
}

/** When the sync was paused: until the end of the pause, or until an operator changed it. Oldest first. */
export function pausesOf(history: SyncSettingAt[], now: number): Period[] {
  const found: Period[] = [];
  history.forEach((setting, position) => {
    const { at, pausedUntil, reason } = setting;
    if (pausedUntil === null || pausedUntil <= at) return;
    const end = Math.min(pausedUntil, history[position + 1]?.at ?? Number.POSITIVE_INFINITY);
    const last = found.at(-1);
    const label = `the sync was paused${reason ? `: ${reason}` : ""}`;
    const to = end > now ? null : end;
    // Changing the interval or extending the pause during a pause does not start another one.
    if (last && last.to === at && last.label === label) last.to = to;
    else found.push({ from: at, to, label });
  });
  return found;
}

/** Every change of the sync's setting up to a time, oldest first, from the audit log. */
export async function readSyncSettings(db: PrismaClient, to: number): Promise<SyncSettingAt[]> {
  const rows = await db.auditEvent.findMany({
    where: { target: "setting sync", at: { lte: new Date(to) } },
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: MAX_CHANGES,
    select: { at: true, after: true },
  });
  return rows.toReversed().map(({ at, after }) => {
    const value = (typeof after === "object" && after !== null ? after : {}) as Record<string, unknown>;
    const until = typeof value.pausedUntil === "string" ? Date.parse(value.pausedUntil) : Number.NaN;
    return {
      at: at.getTime(),
      pausedUntil: Number.isNaN(until) ? null : until,
      reason: typeof value.pausedReason === "string" ? value.pausedReason : "",
      intervalHours: typeof value.intervalHours === "number" ? value.intervalHours : null,
    };
  });
}
