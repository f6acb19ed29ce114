import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { type DrillFollower, followDrills } from "~/alerts/drills/follow-drill";
import { sendProbes } from "~/alerts/drills/probe-views";
import { type Auth, createAuth } from "~/auth/create-auth";
import type { Sessions } from "~/auth/sessions";
import { type AddressLimit, createAddressLimit } from "~/ingest/address-limit";
import { createCountView } from "~/ingest/count-view";
import type { CountView } from "~/ingest/view-request";
import type { Env } from "~/platform/env";
import { every } from "~/platform/every";
import { createForwarding, type Forwarding } from "~/platform/forwarding";
import { createInFlight, type InFlight } from "~/platform/in-flight";
import { createLogger, type Logger, throttleWarnings } from "~/platform/logger";
import { connectPostgres, type Postgres, planPools } from "~/platform/postgres";
import { createSyncQueue, type SyncQueue } from "~/platform/queue";
import { connectInspectingRedis, connectRequestRedis } from "~/platform/redis";
import { type Settings, startSettings } from "~/platform/settings";
import { startTracing, type Tracing } from "~/platform/tracing/tracing";
import { DEFAULT_TARGETS, historyLimitMs } from "~/shared/objectives";
import { DEFAULT_RETENTION } from "~/shared/retention";
import { openJournal } from "~/stores/journal/open-journal";
import { blameInPostgres } from "~/stores/postgres/blame";
import { createCatalog } from "~/stores/postgres/catalog";
import { createDatabaseProbe } from "~/stores/postgres/database-probe";
import { createDatabaseViews } from "~/stores/postgres/database-views";
import { addExclusions } from "~/stores/postgres/exclusions";
import { createReadCounts } from "~/stores/postgres/read-counts";
import { createSalts, type Salts } from "~/stores/postgres/salts";
import { blameInRedis } from "~/stores/redis/blame";
import { createRedisInspection, type RedisInspection } from "~/stores/redis/inspection/redis-inspection";
import { createReaderMemory, type ReaderMemory } from "~/stores/redis/reader-memory";
import type { RedisViews } from "~/stores/redis/redis-views";
import { type ChangeFeed, createChangeFeed } from "~/telemetry/change-feed";
import { createExclusionCounter } from "~/telemetry/exclusion-counter";
import { createHotStories, HOT_STORIES_EVERY_MS } from "~/telemetry/hot-stories";
import { saveJournalFiles } from "~/telemetry/journal-files";
import { createMetrics, type Metrics } from "~/telemetry/metrics";
import { isWorkerAlive } from "~/telemetry/processes";
import { createQueueReader, type QueueReader } from "~/telemetry/queue-reading";
import { sampleRedis } from "~/telemetry/redis-samples";
import { startSampler } from "~/telemetry/sampler";
import { readTableVersions } from "~/telemetry/table-versions";
import { createUnsyncedMemory, REMEMBER_EVERY_MS } from "~/telemetry/unsynced-memory";
import { createBreaker } from "~/tracker/breaker";
import { createOfferViews } from "~/tracker/offer-views";
import { type CurrentMode, createTracker, DATABASE_BATCH, REDIS_BATCH } from "~/tracker/record";
import { withTimeoutOrNull } from "~/tracker/timeout";
import { type DedupeWindow, dayOf, planWindow } from "~/tracker/window";
import type { PrismaClient } from "../../prisma/client/client";
import { connectRedis } from "./connect-redis";
import { startJournalReplay } from "./journal-replay";
import { preferenceOf, whyPaused } from "./operator-settings";
import { startReadingPlaces } from "./reading-place";
import { createRedisReader, type RedisReader } from "./redis-reader";
import { startSiteAlerting } from "./start-site-alerting";
import { traceViews } from "./trace-views";

/** An office behind one address that was sent the same link, and still no more than a few statements per second. */
const SHARED_PAGE_LIMIT = { burst: 60, perMinute: 60 };

/** Everything that a process works with. `createRuntime` creates it once, and it is passed down; there are no globals. */
export interface Runtime extends RedisReader, QueueReader {
  env: Env;
  log: Logger;
  /** `web-host-pid`: this process's name in samples and mode changes. */
  process: string;
  db: PrismaClient;
  /** Connections to Postgres by purpose, each with its own deadlines. Prisma (`db`) uses the one for pages. */
  pools: Postgres["pools"];
  sessions: Sessions;
  auth: Auth;
  /** Requests of pages that share links lead to, per block of addresses. */
  sharedPageLimit: AddressLimit;
  window: DedupeWindow;
  salts: Salts;
  /** Null where counting in Redis is switched off. */
  redisViews: RedisViews | null;
  /** What Redis remembers of single readers, for people who ask for their data or for an end of it. */
  readerMemory: ReaderMemory | null;
  /** Looks into Redis for operators; null where there is none. */
  inspection: RedisInspection | null;
  /** Null where tracing is off. */
  tracing: Tracing | null;
  /** Counts one page view; the view endpoint and the story routes' actions call it. */
  countView: CountView;
  metrics: Metrics;
  /** What was started for a page and must end before the stores close. */
  inFlight: InFlight;
  /** Notifies the pages that follow this process when there is something new to read. */
  changes: ChangeFeed;
  /** The settings that operators change while the site runs. */
  settings: Settings;
  /** Where this process counts views now, since when, and why. */
  mode(): CurrentMode;
  queue: SyncQueue;
  /** Whether the proxies in front are those of TRUST_PROXY. */
  forwarding: Forwarding;
  /** Connects, and loads what the first view needs. While a store is unavailable it rejects, or waits. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Exclusions are counted in memory for this long, ms, before they go to a store. */
const EXCLUSIONS_EVERY_MS = 1000;
const LEDGER_EVERY_MS = 1000;
/** A process waits this long, ms, for its first settings. */
const FIRST_SETTINGS_MS = 1000;

/** Wires a process. Nothing here needs Redis or Postgres to be up; pages and counting find out when they use them. */
export async function createRuntime(env: Env, role: "web" | "worker"): Promise<Runtime> {
  const log = createLogger(env.LOG_LEVEL, role);
  const name = `${role}-${hostname()}-${process.pid}`;
  const window = planWindow(env.VIEW_DEDUP_TTL_HOURS, env.VIEW_OUTAGE_GRACE_HOURS, env.VIEW_CLOCK);
  const warn = throttleWarnings(log);
  const tracing = await startTracing(env, role, (error) => warn("tracing", error));
  const traced = traceViews(tracing);
  // Before anything connects: a connection that is refused at once needs the rest of this function to have run.
  const journal = await openJournal(
    env.JOURNAL_DIR,
    env.JOURNAL_MAX_MB * 1024 * 1024,
    name,
    undefined,
    window.daysBefore,
  );

  const postgres = connectPostgres(env.DATABASE_URL, {
    plans: planPools(env.VIEW_DATABASE_TIMEOUT_MS),
    onError: (error) => warn("database connection", error),
  });
  const { db, pools } = postgres;
  const inFlight = createInFlight();
  const changes = createChangeFeed({
    readVersions: () => readTableVersions(pools.pages),
    onError: (error) => warn("change feed", error),
  });
  const onMemoryError = (error: Error) => warn("unsynced views in Postgres", error);
  let drills: DrillFollower | undefined;
  const noteMode = (whyRedis = drills?.whyBack()) => {
    sampler.noteMode(whyRedis);
    // The numbers that readers saw last, before another process shows older ones.
    memory.write().catch(onMemoryError);
    changes.publish("mode");
  };
  const redis = connectRedis({ env, role, pool: pools.pages, window, onMode: () => noteMode(), log, warn });
  const databaseBreaker = createBreaker({
    timeoutMs: env.VIEW_DATABASE_TIMEOUT_MS,
    probe: createDatabaseProbe(pools.probe, name),
    onChange: () => noteMode(),
  });

  const settings = startSettings({
    db,
    pool: pools.pages,
    process: name,
    role,
    defaults: {
      countIn: { store: redis ? "redis" : "database", reason: "" },
      sync: { intervalHours: env.VIEW_SYNC_INTERVAL_HOURS, pausedUntil: null, pausedReason: "" },
      objectives: DEFAULT_TARGETS,
      retention: DEFAULT_RETENTION,
      archive: { paused: false, reason: "" },
    },
    onChange: (after, before) => {
      log.info({ settings: after }, "the settings changed");
      if (after.countIn.store === before.countIn.store) return;
      preference = preferenceOf(after.countIn, Date.now());
      noteMode(`an operator chose Redis: ${after.countIn.reason}`);
    },
    onError: (error) => warn("settings", error),
  });
  let preference = preferenceOf(settings.current().countIn, Date.now());

  const database = {
    store: traced.store(
      "postgres",
      createDatabaseViews(pools.counting, window, { timeoutMs: env.VIEW_DATABASE_TIMEOUT_MS }),
    ),
    breaker: databaseBreaker,
  };
  const tracker = createTracker({
    preference: () => preference,
    redis: redis && { store: traced.store("redis", redis.views), breaker: redis.breaker },
    database,
    journal,
    onRefused: (error) => warn("journal", error),
    onViewRefused: (error) => warn("views that a store refuses", error),
  });

  const sampler = startSampler({
    db,
    log,
    process: name,
    role,
    mode: tracker.mode,
    journalSize: journal.size,
    sync:
      role === "worker" && redis
        ? {
            unsynced: () => redis.views.unsynced(),
            limitMs: () => historyLimitMs(settings.current().sync.intervalHours),
          }
        : undefined,
  });
  const exclusions = createExclusionCounter();
  const salts = createSalts(pools.counting, window);

  const readCounts = createReadCounts(pools.counting);
  const memory = createUnsyncedMemory(pools.pages, readCounts.shown);
  const reader = createRedisReader(pools.pages, redis, memory);
  const metrics = createMetrics({
    db,
    mode: tracker.mode,
    journal,
    liveStatus: reader.liveStatus,
    readQueue: () => queueReader.readQueue(),
    redisMemory: reader.redisMemory,
    onError: (error) => warn("metrics", error),
  });

  const { sessions, auth } = createAuth({
    env,
    db,
    pool: pools.pages,
    count: (event) => metrics.secured(event),
    onError: (error) => warn("log-ins", error),
  });

  const hotStories = createHotStories(pools.pages, `${name} ${randomUUID().slice(0, 8)}`);
  const readingPlaces = startReadingPlaces(db, (error) => warn("reading places", error));

  const countView = createCountView({
    env,
    log,
    catalog: createCatalog(pools.counting),
    readCounts,
    salts,
    sessions,
    tracker: traced.tracker(tracker),
    observer: {
      counted(outcome, microseconds, storyId) {
        sampler.counted(outcome, microseconds);
        metrics.counted(outcome, microseconds);
        if (outcome.counted) hotStories.counted(storyId);
      },
      excluded(storyId, reason) {
        sampler.excluded();
        metrics.excluded(reason);
        exclusions.add(storyId, reason);
      },
      opened: readingPlaces.opened,
    },
  });

  const flushExclusions = () =>
    addExclusions(
      exclusions.take(),
      tracker.mode().mode === "redis" ? (redis?.views ?? null) : null,
      pools.counting,
    );
  const onExclusionError = (error: Error) => warn("exclusion counters", error);
  const flushLedgers = async () => redis?.ledgers.flush();
  const onLedgerError = (error: Error) => warn("ledger in Postgres", error);
  const stopReplay = startJournalReplay({
    journal,
    mode: tracker.mode,
    offer: createOfferViews({
      preference: () => preference,
      redis: redis && {
        store: redis.views,
        breaker: redis.breaker,
        blame: blameInRedis,
        size: REDIS_BATCH.size,
      },
      database: { ...database, blame: blameInPostgres, size: DATABASE_BATCH.size },
    }),
    save: (files) => saveJournalFiles(db, name, files),
    log,
    warn,
  });
  const stopFlushing = [
    every(EXCLUSIONS_EVERY_MS, flushExclusions, onExclusionError, { firstAfterMs: EXCLUSIONS_EVERY_MS }),
    every(HOT_STORIES_EVERY_MS, hotStories.write, (error) => warn("hot stories", error), {
      firstAfterMs: HOT_STORIES_EVERY_MS,
    }),
    every(REMEMBER_EVERY_MS, memory.write, onMemoryError, { firstAfterMs: REMEMBER_EVERY_MS }),
    every(LEDGER_EVERY_MS, flushLedgers, onLedgerError, { firstAfterMs: LEDGER_EVERY_MS }),
    ...(redis && role === "worker"
      ? [sampleRedis(redis.client, pools.pages, (error) => warn("samples of Redis", error))]
      : []),
  ];

  const queue = createSyncQueue(env.REDIS_URL, (error) => warn("queue connection", error), {
    redisPrefix: env.REDIS_PREFIX,
    traceparent: () => tracing?.current(),
    whyPaused: () => whyPaused(settings.current().sync, new Date()),
    workerReports: () => isWorkerAlive(db, new Date()),
  });
  const queueReader = createQueueReader(queue.queue, (error) => warn("queue", error));
  drills = followDrills({
    pool: pools.pages,
    process: name,
    role,
    hold: (reason) => redis?.breaker.hold(reason),
    mode: () => tracker.mode().mode,
    sendProbes: () => sendProbes(tracker.record, Date.now()),
  });
  const stopAlerting = startSiteAlerting({
    ...{ env, role, postgres, redis, queue, settings, drills, metrics, log, warn },
    process: name,
  });
  const requestRedis = (url: string) => () =>
    connectRequestRedis(url, (error) => warn("a person's data in Redis", error));
  const inspection = env.REDIS_URL
    ? createRedisInspection(
        () => connectInspectingRedis(env.REDIS_URL ?? "", (error) => warn("looking into Redis", error)),
        env.REDIS_PREFIX,
        (error) => warn("looking into Redis", error),
      )
    : null;
  // A process that starts while the sync is paused, or while views go to Postgres, should know before it does anything.
  await withTimeoutOrNull(FIRST_SETTINGS_MS, settings.refresh());

  return {
    env,
    log,
    process: name,
    db,
    pools,
    sessions,
    auth,
    sharedPageLimit: createAddressLimit(SHARED_PAGE_LIMIT),
    window,
    salts,
    redisViews: redis?.views ?? null,
    readerMemory:
      redis && env.REDIS_URL ? createReaderMemory(requestRedis(env.REDIS_URL), env.REDIS_PREFIX) : null,
    ...reader,
    ...queueReader,
    inspection,
    tracing,
    countView: traced.countView(countView),
    metrics,
    inFlight,
    changes,
    settings,
    mode: tracker.mode,
    queue,
    forwarding: createForwarding(env.TRUST_PROXY, log),
    async warmUp() {
      const connected = redis && redis.client.status !== "ready" ? once(redis.client, "ready") : null;
      await Promise.all([salts.ready(dayOf(Date.now())), connected]);
    },
    async close() {
      changes.close();
      await inFlight.settled();
      // A replay in progress ends as the stores close; what it has not replayed stays in its file.
      void stopReplay();
      await Promise.all(stopFlushing.map((stop) => stop()));
      await stopAlerting();
      await settings.stop();
      redis?.breaker.stop();
      databaseBreaker.stop();
      await flushExclusions().catch(onExclusionError);
      await readingPlaces.stop();
      await flushLedgers().catch(onLedgerError);
      await memory.write().catch(onMemoryError);
      await sampler.stop();
      await queue.close();
      inspection?.close();
      await journal.close();
      redis?.client.disconnect();
      await postgres.close();
      await tracing?.stop();
    },
  };
}
