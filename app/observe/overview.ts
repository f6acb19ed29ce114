import type { PrismaClient } from "../../prisma/client/client";
import type { Ledger } from "./ledger";
import { readLedgerPanel } from "./ledger-panel";
import { listFallbacks } from "./list-fallbacks";
import { listModeChanges } from "./list-mode-changes";
import { findLastGoodSync, listSyncRuns } from "./list-sync-runs";
import { settle } from "./panel";
import { readLastKnownBuffer, readProcesses, readWorkerSeenAt } from "./read-processes";
import { readSamples, type SampleColumn } from "./read-samples";
import { gaps, type SampleRange, type Series, total } from "./series";
import { verdict } from "./verdict";
import { figure, milliseconds, percent, perStep, quantity } from "./wording";

/** What Redis says now, or that it cannot be asked. */
export interface LiveStatus {
  redis: "up" | "down" | "disabled";
  buffered: number | null;
  oldestUnsyncedAt: Date | null;
}

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
  onError(what: string, error: unknown): void;
}

export type Overview = Awaited<ReturnType<typeof readOverview>>;

const FALLBACK_ROWS = 10;
const MODE_ROWS = 8;
const SYNC_ROWS = 10;

/**
 * Everything that the operators' overview shows, at one moment. Every panel is read by itself, so that one that fails
 * leaves the rest; and nothing but `liveStatus` needs Redis.
 */
export async function readOverview(sources: OverviewSources, range: SampleRange, now: Date) {
  const { db, onError } = sources;
  const panel = <T>(what: string, work: Promise<T>) => settle(what, work, onError);
  const [current, samples, ledger, fallbacks, modeChanges, syncRuns] = await Promise.all([
    panel("The present state", readNow(sources, now)),
    panel("The history of views", readSamples(db, range, now)),
    panel("The ledger", readLedgerPanel(db, sources.readLedger)),
    panel("The list of fallback views", listFallbacks(db, FALLBACK_ROWS)),
    panel("The list of changes", listModeChanges(db, MODE_ROWS)),
    panel("The list of syncs", listSyncRuns(db, SYNC_ROWS)),
  ]);
  return {
    now,
    range,
    current,
    samples: samples.ok ? { ok: true as const, data: inWords(samples.data, range) } : samples,
    ledger,
    fallbacks,
    modeChanges,
    syncRuns,
  };
}

async function readNow(sources: OverviewSources, now: Date) {
  const { db, syncIntervalHours } = sources;
  const [live, processes, lastKnown, workerSeenAt, [lastRun = null], lastGood, lastScheduled] =
    await Promise.all([
      sources.liveStatus(),
      readProcesses(db, now),
      readLastKnownBuffer(db),
      readWorkerSeenAt(db),
      listSyncRuns(db, 1),
      findLastGoodSync(db),
      db.syncRun.findFirst({
        where: { trigger: { startsWith: "schedule" } },
        orderBy: { startedAt: "desc" },
        select: { startedAt: true },
      }),
    ]);
  const mode = sources.mode();
  const own = { ...mode, process: sources.process, since: new Date(mode.since) };
  const waiting =
    live.buffered !== null
      ? { views: live.buffered, asOf: now, live: true }
      : lastKnown && live.redis !== "disabled"
        ? { views: lastKnown.views, asOf: lastKnown.asOf, live: false }
        : null;
  const oldestUnsyncedAt =
    live.redis === "up"
      ? live.oldestUnsyncedAt
      : waiting && lastKnown?.lagSeconds
        ? new Date(lastKnown.asOf.getTime() - lastKnown.lagSeconds * 1000)
        : null;
  const syncIntervalSeconds = syncIntervalHours * 3600;
  return {
    verdict: verdict({
      now,
      own,
      processes,
      redis: live.redis,
      waiting,
      oldestUnsyncedAt,
      syncIntervalSeconds,
      lastRun,
      workerSeenAt,
    }),
    own,
    redis: live.redis,
    waiting,
    oldestUnsyncedAt,
    lastGood,
    syncIntervalSeconds,
    /** Counted from the last run of the schedule; null until it has run once. */
    nextSyncAt: lastScheduled
      ? new Date(lastScheduled.startedAt.getTime() + syncIntervalSeconds * 1000)
      : null,
    processes,
  };
}

/** A series with what it says, in words. */
function inWords(series: Series<SampleColumn>, range: SampleRange) {
  const counted = {
    redis: total(series, "redis"),
    database: total(series, "database"),
    journal: total(series, "journal"),
  };
  return {
    series,
    counted,
    empty: series.points.every((point) => point.values === null),
    gapCount: gaps(series.points).length,
    viewsTitle: viewsTitle(counted, range),
    viewsNote: viewsNote(series),
    latencyTitle: latencyTitle(series, range),
  };
}

function viewsTitle(counted: Record<"redis" | "database" | "journal", number>, range: SampleRange) {
  const all = counted.redis + counted.database;
  if (all === 0 && counted.journal === 0) return `No view was counted in ${range.words}`;
  const journal = counted.journal ? `, ${figure(counted.journal)} more went to the journal` : "";
  if (counted.database === 0)
    return `${all === 1 ? "The only view" : `All ${figure(all)} views`} in ${range.words} ${all === 1 ? "was" : "were"} counted in Redis${journal}`;
  if (counted.redis === 0)
    return `${all === 1 ? "The only view" : `All ${figure(all)} views`} in ${range.words} ${all === 1 ? "was" : "were"} counted in the database${journal}`;
  return `${figure(counted.database)} of ${quantity(all, "view")} in ${range.words} were counted in the database (${percent(counted.database / all)})${journal}`;
}

function viewsNote(series: Series<SampleColumn>) {
  const failed = total(series, "failed");
  return [
    `Besides: ${quantity(total(series, "duplicates"), "repeat")} within the window`,
    `${figure(total(series, "excluded"))} not to be counted (robots, authors, drafts)`,
    failed ? `${figure(failed)} that no store would take` : "none refused",
  ].join(", ");
}

function latencyTitle(series: Series<SampleColumn>, range: SampleRange) {
  const measured = series.points.flatMap((point) =>
    point.values?.p50 != null && point.values.p99 != null
      ? [{ p50: point.values.p50, p99: point.values.p99 }]
      : [],
  );
  if (!measured.length) return `No view was timed in ${range.words}`;
  const middle =
    measured.map((point) => point.p50).sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? 0;
  const slowest = Math.max(...measured.map((point) => point.p99));
  return `Recording a view typically takes ${milliseconds(middle)}; in the worst ${perStep(series.stepSeconds)}, 99 % took under ${milliseconds(slowest)}`;
}
