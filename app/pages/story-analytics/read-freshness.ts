import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { ReadUnsynced } from "~/tracker/ports";
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
  /** False if the number of unsynced views is unknown. */
  redisReachable: boolean;
  /** Views of a target that are in Redis and not yet in Postgres; null while Redis is unreachable. */
  unsyncedOf(target: Pick<PlacedTarget, "kind" | "id">): number | null;
}

/** How fresh the `readCount` of some stories and chapters is. */
export async function readFreshness(
  { db, readUnsynced, redisEnabled }: StorySources,
  targets: PlacedTarget[],
  now: Date,
): Promise<Freshness> {
  if (!redisEnabled) return { asOf: now, redisReachable: true, unsyncedOf: () => 0 };
  const [unsynced, lastGood] = await Promise.all([
    targets.length ? readUnsynced(targets) : new Map<string, number>(),
    findLastGoodSync(db),
  ]);
  return {
    asOf: lastGood?.startedAt ?? null,
    redisReachable: unsynced !== null,
    unsyncedOf: (target) => (unsynced ? (unsynced.get(targetKey(target)) ?? 0) : null),
  };
}
