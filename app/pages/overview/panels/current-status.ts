import { readSyncLateAfter } from "~/alerts/sync-late-after";
import { readJournalFiles } from "~/telemetry/journal-files";
import { nextSyncAt } from "~/telemetry/next-sync";
import { readLastKnownUnsynced, readProcesses, readWorkerSeenAt } from "~/telemetry/processes";
import { findLastGoodSync, listSyncRuns } from "~/telemetry/sync-runs";
import type { OverviewPanel } from "../overview-panel";
import type { OverviewSources } from "../sources";
import { summarizeStatus } from "../status-summary";

/** The page's headline, the strip of figures below it, and the table of processes. */
export const currentStatus: OverviewPanel<Awaited<ReturnType<typeof readCurrentStatus>>> = {
  name: "The current status",
  rereadAfter: "any",
  read: (sources, _selection, now) => readCurrentStatus(sources, now),
};

async function readCurrentStatus(sources: OverviewSources, now: Date) {
  const { db, proxyWarning, syncPause = null } = sources;
  const syncIntervalSeconds = sources.syncIntervalHours * 3600;
  const [
    live,
    redisRisks,
    processes,
    journalFiles,
    lastKnown,
    workerSeenAt,
    [lastRun = null],
    lastGood,
    nextAt,
    syncLateAfterSeconds,
    drill,
  ] = await Promise.all([
    sources.liveStatus(),
    sources.redisRisks(),
    readProcesses(db, now),
    readJournalFiles(db),
    readLastKnownUnsynced(db),
    readWorkerSeenAt(db),
    listSyncRuns(db, 1),
    findLastGoodSync(db),
    nextSyncAt(db, syncIntervalSeconds),
    readSyncLateAfter(db, syncIntervalSeconds),
    db.drill.findFirst({
      where: { endedAt: null, endsAt: { gt: now } },
      orderBy: { id: "desc" },
      select: { id: true, endsAt: true },
    }),
  ]);
  const mode = sources.mode();
  const self = { ...mode, process: sources.process, since: new Date(mode.since) };
  const unsynced =
    live.unsynced !== null
      ? { views: live.unsynced, asOf: now, live: true }
      : lastKnown && live.redis !== "disabled"
        ? { views: lastKnown.views, asOf: lastKnown.asOf, live: false }
        : null;
  const oldestUnsyncedAt =
    live.redis === "up"
      ? live.oldestUnsyncedAt
      : unsynced && lastKnown?.lagSeconds
        ? new Date(lastKnown.asOf.getTime() - lastKnown.lagSeconds * 1000)
        : null;
  return {
    status: summarizeStatus({
      now,
      self,
      processes,
      journalFiles,
      redis: live.redis,
      redisRisks: redisRisks ?? [],
      unsynced,
      oldestUnsyncedAt,
      syncIntervalSeconds,
      syncLateAfterSeconds,
      nextSyncAt: nextAt,
      drill,
      lastRun,
      workerSeenAt,
      pause: syncPause,
      proxyWarning,
    }),
    pause: syncPause,
    self,
    redis: live.redis,
    unsynced,
    oldestUnsyncedAt,
    lastGood,
    syncIntervalSeconds,
    nextSyncAt: nextAt,
    processes,
  };
}
