import { once } from "node:events";
import { hostname } from "node:os";
import type pg from "pg";
import { followDrills } from "~/alerts/drills/follow-drill";
import type { OperatorSettings } from "~/alerts/read-facts";
import { readRedisFacts } from "~/alerts/read-redis-facts";
import { startAlerting } from "~/alerts/start-alerting";
import { createSessions, type Sessions } from "~/auth/sessions";
import { type CountView, createCountView } from "~/ingest/count-view";
import type { Env } from "~/platform/env";
import { createLogger, type Logger } from "~/platform/logger";
import { connectDatabase } from "~/platform/postgres";
import { createSyncQueue, type SyncQueue } from "~/platform/queue";
import { connectCountingRedis } from "~/platform/redis";
import {
  isPaused,
  type Settings,
  type SettingValues,
  type SyncSetting,
  startSettings,
} from "~/platform/settings";
import { formatTime } from "~/shared/format";
import { type JournalFiles, journalName, openJournal } from "~/stores/journal";
import { createCatalog } from "~/stores/postgres/catalog";
import { createDatabaseViews } from "~/stores/postgres/database-views";
import { addExclusions } from "~/stores/postgres/exclusions";
import { createMarkReader } from "~/stores/postgres/marks";
import { createSalts, type Salts } from "~/stores/postgres/salts";
import { type RedisMemory, readRedisMemory } from "~/stores/redis/memory";
import { createRedisViews, type RedisViews } from "~/stores/redis/redis-views";
import { type ChangeFeed, createChangeFeed } from "~/telemetry/change-feed";
import { type Ledger, readLedger } from "~/telemetry/ledger";
import { type LedgerWatch, watchLedgers } from "~/telemetry/ledger-watch";
import { createMetrics, type Metrics } from "~/telemetry/metrics";
import { createExclusionCounter, startSampler } from "~/telemetry/sampler";
import { readTableVersions } from "~/telemetry/table-versions";
import { createBreaker } from "~/tracker/breaker";
import { planSync, type SyncPlan } from "~/tracker/plan-sync";
import type { ReadUnsynced } from "~/tracker/ports";
import { type CurrentMode, createTracker, type StorePreference } from "~/tracker/record";
import { withTimeout, withTimeoutOrNull } from "~/tracker/timeout";
import { type DedupeWindow, dayOf, planWindow } from "~/tracker/window";
import type { PrismaClient } from "../../prisma/client/client";

/** What Redis has to say right now, asked for with a short patience. */
export interface LiveStatus {
  redis: "up" | "down" | "disabled";
  /** Views that wait for the sync; null when Redis could not be asked. */
  buffered: number | null;
  oldestUnsyncedAt: Date | null;
}

/** Everything that a process of Tidemark works with, made once by `createRuntime` and handed down; there are no globals. */
export interface Runtime {
  env: Env;
  log: Logger;
  /** `web-host-pid`: this process's name in samples and mode changes. */
  process: string;
  db: PrismaClient;
  pool: pg.Pool;
  sessions: Sessions;
  window: DedupeWindow;
  salts: Salts;
  /** Null where counting in Redis is switched off. */
  redisViews: RedisViews | null;
  /** Counts one page view from what HTTP says of it: what the story routes' actions and the front door call. */
  countView: CountView;
  readUnsynced: ReadUnsynced;
  /** Never rejects; answers within 300 ms. */
  liveStatus(): Promise<LiveStatus>;
  metrics: Metrics;
  /** Tells pages that follow this process when there is something new to read. */
  changes: ChangeFeed;
  /** What operators change while the site runs. */
  settings: Settings;
  /** False while Redis is away, or switched off: wherever views are counted just now. */
  redisAnswers(): boolean;
  /** What a sync would move now; null when Redis cannot be asked. Rejects when Postgres cannot. */
  planSync(): Promise<SyncPlan | null>;
  /** How full Redis is; null when it cannot be asked. Never rejects. */
  redisMemory(): Promise<RedisMemory | null>;
  /** The ledger as it is now; null when Redis cannot be asked within a second. Never rejects. */
  readLedger(): Promise<Ledger | null>;
  /** Where this process counts now, since when, and why. */
  mode(): CurrentMode;
  queue: SyncQueue;
  /** Connects and loads what the first view needs; while a store is away it rejects, or waits. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

declare module "@remix-run/node" {
  interface AppLoadContext {
    runtime: Runtime;
    /** The client's address with TRUST_PROXY hops taken off. */
    address: string;
    /** Nonce of this response's Content-Security-Policy; every inline script carries it. */
    cspNonce: string;
  }
}

/** A page waits this long for what waits in Redis, ms: counts must never hold a page up. */
const PATIENCE_MS = 100;
const STATUS_PATIENCE_MS = 300;
const LEDGER_PATIENCE_MS = 1000;
/** Why views were not counted is kept in memory this long, ms, before it goes to a store. */
const EXCLUSIONS_EVERY_MS = 1000;
const JOURNAL_EVERY_MS = 2000;
/** A connection to Redis that owes an answer this long, ms, is dead. The worker's sync reads whole shards, which takes longer. */
const SILENCE_MS = { web: 1000, worker: 15_000 };
const LEDGER_EVERY_MS = 5000;
const FIRST_SETTINGS_MS = 1000;
const PLAN_PATIENCE_MS = 3000;

/** Wires a process. Nothing here needs Redis or Postgres to be up; the pages and the counting find out when they ask. */
export async function createRuntime(env: Env, role: "web" | "worker"): Promise<Runtime> {
  const log = createLogger(env.LOG_LEVEL, role);
  const name = `${role}-${hostname()}-${process.pid}`;
  const window = planWindow(env.VIEW_DEDUP_TTL_HOURS, env.VIEW_OUTAGE_GRACE_HOURS);
  const quiet = saidOnce(log);
  // Before anything connects: a connection refused at once must find the rest of this function done.
  const journal = await openJournal(
    env.JOURNAL_DIR,
    env.JOURNAL_MAX_MB * 1024 * 1024,
    journalName(hostname(), process.pid, Date.now()),
  );

  const { db, pool } = connectDatabase(env.DATABASE_URL, {
    onError: (error) => quiet("database connection", error),
  });
  let whyNoRedis: string | null = null;
  const onRedisError = (error: Error) => {
    whyNoRedis = error.message;
    quiet("redis connection", error);
  };
  const countsInRedis = env.VIEW_TRACKING_REDIS_ENABLED && env.REDIS_URL !== undefined;
  const redis =
    countsInRedis && env.REDIS_URL
      ? connectCountingRedis(env.REDIS_URL, onRedisError, SILENCE_MS[role])
      : null;
  const redisViews: RedisViews | null =
    redis && createRedisViews(redis, window, (...answer) => ledgers?.noteAnswer(...answer));
  const ledgers: LedgerWatch | null =
    redisViews && watchLedgers(pool, redisViews.renameLedger, (error) => quiet("ledger in Redis", error));

  const changes = createChangeFeed({
    readMarks: () => readTableVersions(db),
    onError: (error) => quiet("live feed", error),
  });
  const noteMode = (whyRedis?: string) => {
    sampler.noteMode(whyRedis);
    changes.publish("mode");
  };
  const redisBreaker =
    redisViews &&
    createBreaker({
      timeoutMs: env.VIEW_REDIS_TIMEOUT_MS,
      probe: () => redisViews.probe(),
      onChange: () => noteMode(),
    });
  // A lost connection is known at once: no reader has to find out.
  redis?.on("close", () =>
    redisBreaker?.trip(
      whyNoRedis ? `no connection to Redis: ${whyNoRedis}` : "the connection to Redis was lost",
    ),
  );
  redis?.on("ready", () => {
    whyNoRedis = null;
  });
  const databaseBreaker = createBreaker({
    timeoutMs: env.VIEW_DATABASE_TIMEOUT_MS,
    probe: () => pool.query("SELECT 1"),
    onChange: () => noteMode(),
  });

  const settings = startSettings({
    db,
    process: name,
    role,
    defaults: {
      countIn: { store: countsInRedis ? "redis" : "database", reason: "" },
      sync: { intervalHours: env.VIEW_SYNC_INTERVAL_HOURS, pausedUntil: null, pausedReason: "" },
    },
    onChange: (after, before) => {
      log.info({ settings: after }, "the settings changed");
      if (after.countIn.store === before.countIn.store) return;
      choice = choiceOf(after.countIn, Date.now());
      noteMode(`an operator chose Redis: ${after.countIn.reason}`);
    },
    onError: (error) => quiet("settings", error),
  });
  let choice = choiceOf(settings.current().countIn, Date.now());

  const tracker = createTracker({
    choice: () => choice,
    redis: redisViews && redisBreaker ? { store: redisViews, breaker: redisBreaker } : null,
    database: { store: createDatabaseViews(pool, window), breaker: databaseBreaker },
    journal,
    onRefused: (error) => quiet("journal", error),
  });

  const sampler = startSampler({
    db,
    log,
    process: name,
    role,
    mode: tracker.mode,
    journalSize: journal.size,
    backlog: role === "worker" && redisViews ? () => redisViews.unsynced() : undefined,
  });
  const exclusions = createExclusionCounter();
  const sessions = createSessions({
    db,
    secret: env.SESSION_SECRET,
    secure: env.PUBLIC_URL?.startsWith("https:") ?? false,
  });
  const salts = createSalts(pool);

  const redisAnswers = () => redisBreaker !== null && !redisBreaker.state().open;

  async function liveStatus(): Promise<LiveStatus> {
    if (!redisViews) return { redis: "disabled", buffered: null, oldestUnsyncedAt: null };
    const backlog = redisBreaker?.state().open
      ? null
      : await withTimeoutOrNull(STATUS_PATIENCE_MS, redisViews.unsynced());
    if (!backlog) return { redis: "down", buffered: null, oldestUnsyncedAt: null };
    const oldestUnsyncedAt = backlog.oldestAt === null ? null : new Date(backlog.oldestAt);
    return { redis: "up", buffered: backlog.buffered, oldestUnsyncedAt };
  }
  const metrics = createMetrics({
    db,
    mode: tracker.mode,
    journalSize: journal.size,
    liveStatus,
    onError: (error) => quiet("metrics", error),
  });

  const countView = createCountView({
    env,
    log,
    catalog: createCatalog(pool),
    salts,
    sessions,
    tracker,
    observer: {
      counted(outcome, microseconds) {
        sampler.counted(outcome, microseconds);
        metrics.counted(outcome, microseconds);
      },
      excluded(storyId, reason) {
        sampler.excluded();
        metrics.excluded(reason);
        exclusions.add(storyId, reason);
      },
      opened(userId, storyId, chapterNumber) {
        const place = { chapterNumber, at: new Date() };
        db.readingPlace
          .upsert({
            where: { userId_storyId: { userId, storyId } },
            create: { userId, storyId, ...place },
            update: place,
          })
          .catch((error: Error) => quiet("reading place", error));
      },
    },
  });

  const flushExclusions = () =>
    addExclusions(exclusions.take(), tracker.mode().mode === "redis" ? redisViews : null, pool).catch(
      (error: Error) => quiet("exclusion counters", error),
    );
  const replayJournal = oneAtATime(() => drainJournal(journal, tracker.recordInStore, log));
  const timers = [
    setInterval(flushExclusions, EXCLUSIONS_EVERY_MS),
    setInterval(
      () => ledgers?.flush().catch((error: Error) => quiet("ledger in Postgres", error)),
      LEDGER_EVERY_MS,
    ),
    setInterval(() => {
      // Also with nothing of our own: another process may have died and left its views.
      if (tracker.mode().mode !== "journal") void replayJournal();
    }, JOURNAL_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  const queue = createSyncQueue(
    env.REDIS_URL,
    (error) => quiet("queue connection", error),
    () => whyPaused(settings.current().sync, new Date()),
  );
  const stopWatching = startAlerting({
    evaluation: {
      db,
      process: name,
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, "") ?? "",
      countsInRedis,
      settings: () => choicesOf(settings.current()),
      readRedis: (since) => readRedisFacts(redis, queue.queue(), since),
      onError: (what, error) => quiet(`alert rules: ${what}`, error),
    },
    delivery: { db, allowPrivate: env.WEBHOOK_ALLOW_PRIVATE },
    drills: followDrills({
      db,
      process: name,
      role,
      hold: (reason) => redisBreaker?.hold(reason),
      mode: () => tracker.mode().mode,
    }),
    log,
    onError: quiet,
  });
  // A process that starts in a pause, or while views go to Postgres, should know before it does anything.
  await withTimeoutOrNull(FIRST_SETTINGS_MS, settings.refresh());

  return {
    env,
    log,
    process: name,
    db,
    pool,
    sessions,
    window,
    salts,
    redisViews,
    countView,
    readUnsynced: async (targets) => {
      if (!redisViews || redisBreaker?.state().open) return null;
      return withTimeoutOrNull(PATIENCE_MS, redisViews.readUnsynced(targets));
    },
    liveStatus,
    metrics,
    changes,
    settings,
    redisAnswers,
    planSync: async () =>
      redisViews && redisAnswers()
        ? planSync(
            { snapshot: (shard) => withTimeout(PLAN_PATIENCE_MS, redisViews.snapshot(shard)) },
            createMarkReader(pool),
          )
        : null,
    redisMemory: async () =>
      redis && redisAnswers() ? withTimeoutOrNull(STATUS_PATIENCE_MS, readRedisMemory(redis)) : null,
    readLedger: async () =>
      redisViews && !redisBreaker?.state().open
        ? withTimeoutOrNull(LEDGER_PATIENCE_MS, readLedger(pool, redisViews))
        : null,
    mode: tracker.mode,
    queue,
    async warmUp() {
      const connected = redis && redis.status !== "ready" ? once(redis, "ready") : null;
      await Promise.all([salts.ready(dayOf(Date.now())), connected]);
    },
    async close() {
      changes.close();
      for (const timer of timers) clearInterval(timer);
      await stopWatching();
      await settings.stop();
      redisBreaker?.stop();
      databaseBreaker.stop();
      await flushExclusions();
      await ledgers?.flush().catch((error: Error) => quiet("ledger in Postgres", error));
      await sampler.stop();
      await queue.close();
      await journal.close();
      redis?.disconnect();
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** Why nobody should run a sync now, for the person who asked for one; null when the sync is not paused. */
const whyPaused = (sync: SyncSetting, now: Date) =>
  isPaused(sync, now.getTime())
    ? `The sync is paused until ${formatTime(new Date(sync.pausedUntil ?? 0), { now })} (${sync.pausedReason}). Resume it, or run it nevertheless, on the page Sync.`
    : null;

/** What the alert rules should know of the operators' choices. */
function choicesOf({ countIn, sync }: SettingValues): OperatorSettings {
  const paused = isPaused(sync, Date.now());
  return {
    databaseReason: countIn.store === "database" ? countIn.reason : null,
    syncIntervalSeconds: sync.intervalHours * 3600,
    syncPaused: paused ? { until: new Date(sync.pausedUntil ?? 0), reason: sync.pausedReason } : null,
  };
}

const choiceOf = ({ store, reason }: SettingValues["countIn"], since: number): StorePreference => ({
  redis: store === "redis",
  reason,
  since,
});

/** Replays the journal into whichever store is back; what cannot be replayed stays in its file for the next try. */
async function drainJournal(
  journal: JournalFiles,
  record: (view: Parameters<Parameters<JournalFiles["replay"]>[0]>[0]) => Promise<unknown>,
  log: Logger,
) {
  try {
    const { replayed, torn } = await journal.replay(async (view) => {
      await record(view);
    });
    if (replayed + torn > 0) log.warn({ replayed, torn }, "the journal was replayed");
  } catch (error) {
    log.warn({ error: (error as Error).message }, "the journal waits: no store took all of it");
  }
}

/** Runs one at a time: a call while one is under way does nothing. */
function oneAtATime(work: () => Promise<void>) {
  let running = false;
  return async () => {
    if (running) return;
    running = true;
    await work().finally(() => {
      running = false;
    });
  };
}

/** A connection that fails says so again and again: each source is logged at most every ten seconds. */
function saidOnce(log: Logger) {
  const saidAt = new Map<string, number>();
  return (source: string, error: Error) => {
    if (Date.now() - (saidAt.get(source) ?? 0) < 10_000) return;
    saidAt.set(source, Date.now());
    log.warn({ source, error: error.message }, "a connection or a background write failed");
  };
}
