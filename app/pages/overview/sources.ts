import type { AppLoadContext } from "@remix-run/node";
import { isPaused } from "~/platform/settings";
import type { OverviewSources } from "./read-overview";

/** What the overview and its files are read from, as this process knows it. */
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
