import { isPaused, type SettingValues } from "~/platform/settings";
import { loadPanel } from "~/shared/panel";
import type { LiveStatus } from "~/telemetry/live-status";
import { nextSyncAt } from "~/telemetry/next-sync";
import { readLastKnownBuffer } from "~/telemetry/processes";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { PlannedMove, SyncPlan } from "~/tracker/plan-sync";
import type { Prisma, PrismaClient } from "../../../prisma/client/client";
import { readSettingsFollowed } from "./read-settings-followed";
import type { ForecastFacts } from "./sync-forecast";

export interface SyncPageSources {
  db: PrismaClient;
  settings: { current(): SettingValues };
  liveStatus(): Promise<LiveStatus>;
  /** Never rejects; null when Redis cannot be asked. */
  redisMemory(): Promise<ForecastFacts["memory"]>;
  mode(): { mode: string; since: number; reason: string };
  onError(what: string, error: unknown): void;
}

/** One shard of one run, as `runSync` stored it. */
export interface ShardRow {
  shard: number;
  targets: number;
  views: number;
  orphans: number;
  behind: number;
  error: string | null;
}

const RUNS = 25;
/** The present rate is the mean of this long, seconds. */
const RATE_SECONDS = 900;
const TOP = 20;

/** Everything that the page Sync shows, at one moment; nothing but the live figures needs Redis. */
export async function readSyncPage(sources: SyncPageSources, now: Date) {
  const { db, onError } = sources;
  const settings = sources.settings.current();
  const panel = <T>(what: string, work: Promise<T>) => loadPanel(what, work, onError);
  const [state, runs, processes] = await Promise.all([
    panel("The state of the sync", readState(sources, now)),
    panel("The list of syncs", listRunsWithShards(db)),
    panel("What each process runs on", readSettingsFollowed(db, settings, now)),
  ]);
  return { now, settings, paused: isPaused(settings.sync, now.getTime()), state, runs, processes };
}

async function readState(sources: SyncPageSources, now: Date) {
  const { db } = sources;
  const [live, memory, lastKnown, viewsPerSecond, lastGood, nextAt] = await Promise.all([
    sources.liveStatus(),
    sources.redisMemory(),
    readLastKnownBuffer(db),
    readRate(db, now),
    findLastGoodSync(db),
    nextSyncAt(db, sources.settings.current().sync.intervalHours * 3600),
  ]);
  const forecast: ForecastFacts = {
    now: now.getTime(),
    viewsPerSecond,
    rateSeconds: RATE_SECONDS,
    waiting: live.unsynced ?? (live.redis === "down" ? (lastKnown?.views ?? null) : null),
    memory,
    lastGoodAt: lastGood?.startedAt.getTime() ?? null,
  };
  return {
    redis: live.redis,
    waiting:
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

async function listRunsWithShards(db: PrismaClient) {
  const runs = await db.syncRun.findMany({ orderBy: { startedAt: "desc" }, take: RUNS });
  return runs.map((run) => ({ ...run, shards: shardsOf(run.shards) }));
}

const shardsOf = (shards: Prisma.JsonValue) =>
  Array.isArray(shards) ? (shards as unknown as ShardRow[]) : [];

/** Views a second that went to Redis in the last quarter of an hour; null when no web process reported. */
async function readRate(db: PrismaClient, now: Date): Promise<number | null> {
  const { _sum, _count } = await db.sample.aggregate({
    where: { role: "web", at: { gte: new Date(now.getTime() - RATE_SECONDS * 1000) } },
    _sum: { redis: true },
    _count: true,
  });
  return _count > 0 ? (_sum.redis ?? 0) / RATE_SECONDS : null;
}

/** A dry run with the names of what would move most. */
export async function namePlan(db: PrismaClient, plan: SyncPlan) {
  const top = plan.moves.slice(0, TOP);
  const idsOf = (kind: PlannedMove["kind"]) => top.filter((move) => move.kind === kind).map(({ id }) => id);
  const [stories, chapters] = await Promise.all([
    db.story.findMany({ where: { id: { in: idsOf("story") } }, select: { id: true, title: true } }),
    db.chapter.findMany({
      where: { id: { in: idsOf("chapter") } },
      select: { id: true, number: true, story: { select: { title: true } } },
    }),
  ]);
  const names = new Map([
    ...stories.map(({ id, title }) => [`story/${id}`, title] as const),
    ...chapters.map(
      ({ id, number, story }) => [`chapter/${id}`, `${story.title}, chapter ${number}`] as const,
    ),
  ]);
  return {
    shards: plan.shards,
    views: plan.shards.reduce((sum, shard) => sum + shard.views, 0),
    targets: plan.moves.length,
    top: top.map((move) => ({ ...move, name: names.get(`${move.kind}/${move.id}`) ?? null })),
  };
}
