import type { AppLoadContext } from "@remix-run/node";
import { isPaused } from "~/platform/settings";
import type { Ledger } from "~/telemetry/ledger/balance";
import type { LiveStatus } from "~/telemetry/live-status";
import type { PrismaClient } from "../../../prisma/client/client";

/** The sources of the overview and of its downloads. */
export interface OverviewSources {
  db: PrismaClient;
  /** Never rejects, and resolves within 300 ms whatever Redis does. */
  liveStatus(): Promise<LiveStatus>;
  /** Why Redis may lose views. Never rejects; null while Redis is unreachable. */
  redisRisks(): Promise<{ urgent: boolean; text: string }[] | null>;
  /** Never rejects; null while Redis is unreachable. */
  readLedger(): Promise<Ledger | null>;
  /** The name of the answering process, as in its samples, and where it counts. */
  process: string;
  mode(): { mode: string; since: number; reason: string };
  syncIntervalHours: number;
  /** When a pause of the schedule ends, and why an operator paused it; null without a pause. */
  syncPause?: { until: Date; reason: string } | null;
  /** Why TRUST_PROXY does not fit the requests that this process gets; null if it does. */
  proxyWarning?: string | null;
  /** False if counting in Redis is switched off: counting in the database is not an outage then. */
  countsInRedis?: boolean;
}

/** When the site first reported, Unix ms; null before that. */
export async function readStart(db: PrismaClient): Promise<number | null> {
  const first = await db.sample.findFirst({ orderBy: { at: "asc" }, select: { at: true } });
  return first?.at.getTime() ?? null;
}

/** The overview's sources in the answering process. */
export function overviewSources(runtime: AppLoadContext["runtime"]): OverviewSources {
  const { db, forwarding, liveStatus, mode, process, readLedger, redisRisks, redisViews, settings } = runtime;
  const { sync } = settings.current();
  return {
    db,
    liveStatus,
    readLedger,
    redisRisks,
    mode,
    process,
    syncIntervalHours: sync.intervalHours,
    syncPause:
      sync.pausedUntil !== null && isPaused(sync, Date.now())
        ? { until: new Date(sync.pausedUntil), reason: sync.pausedReason }
        : null,
    proxyWarning: forwarding.warning(),
    countsInRedis: redisViews !== null,
  };
}
