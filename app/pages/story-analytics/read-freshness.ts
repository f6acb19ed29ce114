import type { SyncSetting } from "~/platform/settings";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { ReadUnsynced, UnsyncedCounts } from "~/tracker/ports";
import { type PlacedTarget, targetKey } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

/** The sources of editors' pages. */
export interface StorySources {
  db: PrismaClient;
  readUnsynced: ReadUnsynced;
  /** False if every view goes straight to Postgres, so that none is ever unsynced. */
  redisEnabled: boolean;
  /** The sync's setting, for a pause; without it, none is shown. */
  sync?: Pick<SyncSetting, "pausedUntil" | "pausedReason">;
}

export interface Freshness {
  /** Every view up to this time is in `readCount`; null before the first sync. */
  asOf: Date | null;
  /** False while Redis does not answer: unsynced views are then the last known ones. */
  redisReachable: boolean;
  /** While Redis is unreachable: when these numbers were last seen to rise; null if none is known. */
  rememberedAt: Date | null;
  /** While an operator has paused the sync: when it goes on, and the reason; null otherwise. */
  pause: { until: Date; reason: string } | null;
  /** Views of a target that are in Redis and not yet in Postgres, or were when last known; null if that is unknown. */
  unsyncedOf(target: Pick<PlacedTarget, "kind" | "id">): number | null;
}

/** How fresh the `readCount` of some stories and chapters is. */
export async function readFreshness(
  { db, readUnsynced, redisEnabled, sync }: StorySources,
  targets: PlacedTarget[],
  now: Date,
): Promise<Freshness> {
  // Without Redis, views are in the counts at once, whatever the sync does.
  if (!redisEnabled)
    return { asOf: now, redisReachable: true, rememberedAt: null, pause: null, unsyncedOf: () => 0 };
  const [unsynced, lastGood] = await Promise.all([
    targets.length ? readUnsynced(targets) : (new Map() as UnsyncedCounts),
    findLastGoodSync(db),
  ]);
  return {
    asOf: lastGood?.startedAt ?? null,
    redisReachable: unsynced !== null && !unsynced.remembered,
    rememberedAt: unsynced?.remembered?.at ?? null,
    pause: pauseAt(sync, now),
    unsyncedOf: (target) => (unsynced ? (unsynced.get(targetKey(target)) ?? 0) : null),
  };
}

function pauseAt(sync: StorySources["sync"], now: Date): Freshness["pause"] {
  if (!sync?.pausedUntil) return null;
  const until = new Date(sync.pausedUntil);
  return until > now ? { until, reason: sync.pausedReason } : null;
}
