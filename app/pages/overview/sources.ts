import type { AppLoadContext } from "@remix-run/node";
import { isPaused } from "~/platform/settings";
import type { Ledger } from "~/telemetry/ledger";
import type { LiveStatus } from "~/telemetry/live-status";
import type { PrismaClient } from "../../../prisma/client/client";

/** Everything that the overview and its files are read from. */
export interface OverviewSources {
  db: PrismaClient;
  /** Never rejects, and answers within 300 ms whatever Redis does. */
  liveStatus(): Promise<LiveStatus>;
  /** Never rejects; null while Redis is unreachable. */
  readLedger(): Promise<Ledger | null>;
  /** The name of the process that answers, as in its samples, and where it counts. */
  process: string;
  mode(): { mode: string; since: number; reason: string };
  syncIntervalHours: number;
  /** Until when and why an operator paused the schedule; null while it runs. */
  syncPause?: { until: Date; reason: string } | null;
  /** False where counting in Redis is switched off: counting in the database is not an outage then. */
  countsInRedis?: boolean;
  onError(what: string, error: unknown): void;
}

/** The overview's sources, as the answering process has them. */
export function overviewSources(runtime: AppLoadContext["runtime"]): OverviewSources {
  const { db, log, liveStatus, mode, process, readLedger, redisViews, settings } = runtime;
  const { sync } = settings.current();
  return {
    db,
    liveStatus,
    readLedger,
    mode,
    process,
    syncIntervalHours: sync.intervalHours,
    syncPause:
      sync.pausedUntil !== null && isPaused(sync, Date.now())
        ? { until: new Date(sync.pausedUntil), reason: sync.pausedReason }
        : null,
    countsInRedis: redisViews !== null,
    onError: (what, error) => log.error({ err: error, what }, "a panel of the overview failed"),
  };
}
