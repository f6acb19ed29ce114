import type { SettingValues } from "~/platform/settings";
import type { LiveStatus } from "~/telemetry/live-status";
import { nextSyncAt } from "~/telemetry/next-sync";
import { readLastKnownUnsynced } from "~/telemetry/processes";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { PrismaClient } from "../../../prisma/client/client";
import type { ForecastFacts } from "./sync-forecast";

interface SyncStateSources {
  db: PrismaClient;
  settings: { current(): SettingValues };
  liveStatus(): Promise<LiveStatus>;
  /** Never rejects; null while Redis is unreachable. */
  redisMemory(): Promise<ForecastFacts["memory"]>;
  mode(): { mode: string; since: number; reason: string };
}

/** The current rate is the mean over this many seconds. */
const RATE_SECONDS = 900;

/** The state of the sync, and the facts that a forecast of a pause starts from. */
export async function readSyncState(sources: SyncStateSources, now: Date) {
  const { db } = sources;
  const [live, memory, lastKnown, viewsPerSecond, lastGood, nextAt] = await Promise.all([
    sources.liveStatus(),
    sources.redisMemory(),
    readLastKnownUnsynced(db),
    readRate(db, now),
    findLastGoodSync(db),
    nextSyncAt(db, sources.settings.current().sync.intervalHours * 3600),
  ]);
  const forecast: ForecastFacts = {
    now: now.getTime(),
    viewsPerSecond,
    rateSeconds: RATE_SECONDS,
    unsynced: live.unsynced ?? (live.redis === "down" ? (lastKnown?.views ?? null) : null),
    memory,
    lastGoodAt: lastGood?.startedAt.getTime() ?? null,
  };
  return {
    redis: live.redis,
    unsynced:
      live.unsynced !== null
        ? { views: live.unsynced, asOf: now, live: true }
        : lastKnown && live.redis === "down"
          ? { ...lastKnown, live: false }
          : null,
    mode: sources.mode(),
    lastGood,
    nextAt,
    forecast,
  };
}

/** Views per second that went to Redis in the last 15 minutes; null when no web process reported. */
async function readRate(db: PrismaClient, now: Date): Promise<number | null> {
  const { _sum, _count } = await db.sample.aggregate({
    where: { role: "web", at: { gte: new Date(now.getTime() - RATE_SECONDS * 1000) } },
    _sum: { redis: true },
    _count: true,
  });
  return _count > 0 ? (_sum.redis ?? 0) / RATE_SECONDS : null;
}
