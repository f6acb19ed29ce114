import { readFiring } from "~/alerts/firing";
import { offsetWords } from "~/shared/compare";
import { loadPanel } from "~/shared/panel";
import { bucketOf, gaps, type SampleRange, spanOf, total } from "~/shared/series";
import type { Ledger } from "~/telemetry/ledger";
import type { LiveStatus } from "~/telemetry/live-status";
import { nextSyncAt } from "~/telemetry/next-sync";
import { readLastKnownBuffer, readProcesses, readWorkerSeenAt } from "~/telemetry/processes";
import { findLastGoodSync, listSyncRuns } from "~/telemetry/sync-runs";
import type { PrismaClient } from "../../../prisma/client/client";
import { readExclusions } from "./queries/exclusions";
import { listFallbacks } from "./queries/fallbacks";
import { readLedgerPanel } from "./queries/ledger-panel";
import { readHistory } from "./queries/mode-history";
import { readSamples, type SampleSeries } from "./queries/samples";
import { readSyncSeries } from "./queries/sync-series";
import { summarizeStatus } from "./status-summary";
import {
  bufferTitle,
  comparedWords,
  durationTitle,
  lagTitle,
  latencyTitle,
  leftOutTitle,
  reasonsTitle,
  viewsNote,
  viewsTitle,
} from "./titles";

export interface OverviewSources {
  db: PrismaClient;
  /** Never rejects, and answers within 300 ms whatever Redis does. */
  liveStatus(): Promise<LiveStatus>;
  /** Never rejects; null when Redis cannot be asked. */
  readLedger(): Promise<Ledger | null>;
  /** The name of the process that answers, as in its samples, and where it counts. */
  process: string;
  mode(): { mode: string; since: number; reason: string };
  syncIntervalHours: number;
  /** The schedule rests until then, and why; null when it does not. */
  syncPause?: { until: Date; reason: string } | null;
  /** False where counting in Redis is switched off: the database is then no outage. */
  countsInRedis?: boolean;
  onError(what: string, error: unknown): void;
}

/** What is shown: a range, and how far back the period lies that it is compared with. */
export interface Chosen {
  range: SampleRange;
  compareMs: number | null;
}

export type Overview = Awaited<ReturnType<typeof readOverview>>;

const FALLBACK_ROWS = 10;
const SYNC_ROWS = 10;

/**
 * Everything that the operators' overview shows, at one moment. Every panel is read by itself, so that one that fails
 * leaves the rest; and nothing but `liveStatus` needs Redis.
 */
export async function readOverview(sources: OverviewSources, choice: Chosen, now: Date) {
  const { db, onError } = sources;
  const panel = <T>(what: string, work: Promise<T>) => loadPanel(what, work, onError);
  const [current, firing, modes, samples, syncs, reasons, ledger, fallbacks, syncRuns] = await Promise.all([
    panel("The present state", readNow(sources, now)),
    panel("The list of alerts", readFiring(db, now)),
    panel("The list of changes", readModes(sources, choice, now)),
    panel(
      "The history of views",
      readSamples(db, choice.range, now, choice.compareMs).then((samples) =>
        inWords(samples, choice, sources.syncIntervalHours * 3600),
      ),
    ),
    panel("The history of syncs", readSyncs(sources, choice, now)),
    panel("The reasons for not counting", readReasons(sources, choice, now)),
    panel("The ledger", readLedgerPanel(db, sources.readLedger)),
    panel("The list of fallback views", listFallbacks(db, FALLBACK_ROWS)),
    panel("The list of syncs", listSyncRuns(db, SYNC_ROWS)),
  ]);
  return {
    now,
    range: choice.range,
    current,
    firing,
    modes,
    samples,
    syncs,
    reasons,
    ledger,
    fallbacks,
    syncRuns,
  };
}

async function readNow(sources: OverviewSources, now: Date) {
  const { db } = sources;
  const syncIntervalSeconds = sources.syncIntervalHours * 3600;
  const [live, processes, lastKnown, workerSeenAt, [lastRun = null], lastGood, nextAt] = await Promise.all([
    sources.liveStatus(),
    readProcesses(db, now),
    readLastKnownBuffer(db),
    readWorkerSeenAt(db),
    listSyncRuns(db, 1),
    findLastGoodSync(db),
    nextSyncAt(db, syncIntervalSeconds),
  ]);
  const mode = sources.mode();
  const own = { ...mode, process: sources.process, since: new Date(mode.since) };
  const waiting =
    live.unsynced !== null
      ? { views: live.unsynced, asOf: now, live: true }
      : lastKnown && live.redis !== "disabled"
        ? { views: lastKnown.views, asOf: lastKnown.asOf, live: false }
        : null;
  const oldestUnsyncedAt =
    live.redis === "up"
      ? live.oldestUnsyncedAt
      : waiting && lastKnown?.lagSeconds
        ? new Date(lastKnown.asOf.getTime() - lastKnown.lagSeconds * 1000)
        : null;
  return {
    status: summarizeStatus({
      now,
      own,
      processes,
      redis: live.redis,
      waiting,
      oldestUnsyncedAt,
      syncIntervalSeconds,
      lastRun,
      workerSeenAt,
      pause: sources.syncPause ?? null,
    }),
    pause: sources.syncPause ?? null,
    own,
    redis: live.redis,
    waiting,
    oldestUnsyncedAt,
    lastGood,
    syncIntervalSeconds,
    nextSyncAt: nextAt,
    processes,
  };
}

/** The series of the samples with what they say, in words. */
function inWords({ views, backlog, medianUs }: SampleSeries, choice: Chosen, intervalSeconds: number) {
  const { range, compareMs } = choice;
  const counted = {
    redis: total(views, "redis"),
    database: total(views, "database"),
    journal: total(views, "journal"),
  };
  const before = compareMs === null ? null : offsetWords(compareMs);
  return {
    series: views,
    backlog,
    counted,
    /** "a week before": what the thin line is; null when nothing is compared. */
    before,
    comparison: before && comparedWords(views, before),
    empty: views.points.every((point) => point.values === null),
    gapCount: gaps(views.points).length,
    viewsTitle: viewsTitle(counted, range),
    viewsNote: viewsNote(views),
    latencyTitle: latencyTitle(views, medianUs, range),
    bufferTitle: bufferTitle(backlog, range),
    lagTitle: lagTitle(backlog, range, intervalSeconds),
    leftOutTitle: leftOutTitle(views, range),
  };
}

async function readSyncs(sources: OverviewSources, choice: Chosen, now: Date) {
  const intervalSeconds = sources.syncIntervalHours * 3600;
  const syncs = await readSyncSeries(
    sources.db,
    spanOf(choice.range, now.getTime()),
    intervalSeconds,
    now.getTime(),
  );
  return { ...syncs, intervalSeconds, title: durationTitle(syncs, choice.range) };
}

async function readReasons({ db }: OverviewSources, choice: Chosen, now: Date) {
  const [series, lastGood] = await Promise.all([readExclusions(db, choice.range, now), findLastGoodSync(db)]);
  return (
    series && {
      series,
      title: reasonsTitle(series, choice.range),
      /** Hours from here on may still grow, Unix ms: their reasons wait in Redis. */
      growsFrom: lastGood ? bucketOf(lastGood.startedAt.getTime(), series.stepSeconds) : null,
    }
  );
}

async function readModes(sources: OverviewSources, choice: Chosen, now: Date) {
  const mode = sources.mode();
  const { from, to } = spanOf(choice.range, now.getTime());
  return readHistory(
    sources.db,
    { from, to },
    { ...mode, process: sources.process },
    now.getTime(),
    sources.countsInRedis ?? true,
  );
}
