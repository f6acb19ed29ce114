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
}

export interface Freshness {
  /** Every view up to this time is in `readCount`; null before the first sync. */
  asOf: Date | null;
  /** False while Redis does not answer: unsynced views are then the last known ones. */
  redisReachable: boolean;
  /** While Redis is unreachable: when these numbers were last seen to rise; null if none is known. */
  rememberedAt: Date | null;
  /** Views of a target that are in Redis and not yet in Postgres, or were when last known; null if that is unknown. */
  unsyncedOf(target: Pick<PlacedTarget, "kind" | "id">): number | null;
}

/** How fresh the `readCount` of some stories and chapters is. */
export async function readFreshness(
  { db, readUnsynced, redisEnabled }: StorySources,
  targets: PlacedTarget[],
  now: Date,
): Promise<Freshness> {
  if (!redisEnabled) return { asOf: now, redisReachable: true, rememberedAt: null, unsyncedOf: () => 0 };
  const [unsynced, lastGood] = await Promise.all([
    targets.length ? readUnsynced(targets) : (new Map() as UnsyncedCounts),
    findLastGoodSync(db),
  ]);
  return {
    asOf: lastGood?.startedAt ?? null,
    redisReachable: unsynced !== null && !unsynced.remembered,
    rememberedAt: unsynced?.remembered?.at ?? null,
    unsyncedOf: (target) => (unsynced ? (unsynced.get(targetKey(target)) ?? 0) : null),
  };
}
