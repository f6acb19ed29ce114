import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { LATENCY_BOUNDS_US } from "~/shared/histogram";
import type { Exclusion, Outcome } from "~/tracker/outcome";
import type { CurrentMode } from "~/tracker/record";
import type { PrismaClient } from "../../prisma/client/client";
import type { LiveStatus } from "./live-status";
import type { QueueReader } from "./queue-reading";
import { createWorkMetrics, type WorkMetrics } from "./work-metrics";

/** The metrics of one process, as prom-client keeps them. */
export type MetricsOfOne = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** The metrics of one of several web processes that share a port. */
export interface MetricsOfProcess {
  /** Its place, 1 to N. A process that replaces another has the same. */
  process: number;
  metrics: MetricsOfOne;
}

/** Counts outcomes and renders the metrics page. */
export interface Metrics {
  counted(outcome: Outcome, microseconds: number): void;
  excluded(reason: Exclusion): void;
  /** `event`: one of app/auth/security-events.ts. */
  secured(event: string): void;
  /** Counts background work. */
  work: WorkMetrics;
  /** What this process alone measures. */
  own(): Promise<MetricsOfOne>;
  /**
   * Renders the exposition text: of this process, or of all that were gathered. A gauge that Redis or Postgres does not answer for
   * in time is left out, not shown as zero.
   */
  text(gathered?: MetricsOfProcess[] | null): Promise<{ contentType: string; body: string }>;
}

interface MetricsSources {
  db: PrismaClient;
  mode(): CurrentMode;
  journal: {
    /** Views in this process's journal, not yet replayed. */
    size(): number;
    /** Lines set aside in the journal directory. */
    setAside(): number;
  };
  /** Never rejects. */
  liveStatus(): Promise<Omit<LiveStatus, "redis">>;
  /** Neither rejects. */
  readQueue: QueueReader["readQueue"];
  redisMemory(): Promise<{ usedBytes: number; limitBytes: number | null } | null>;
  onError(error: Error): void;
}

/**
 * Creates this process's metrics, in Prometheus's text format. Counters cover this process alone; the gauges of the sync, the queue
 * and the ledger are read at every scrape, so any process answers for the site. docs/metrics.md lists all of them.
 */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  /** What is the same in whichever process is asked. */
  const ofSite = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "tidemark_" });

  const views = new Counter({
    name: "tidemark_views_total",
    help: "Views counted or journalled, by path",
    labelNames: ["path"],
    registers,
  });
  const repeats = new Counter({
    name: "tidemark_repeats_total",
    help: "Repeat views by readers already counted within the window",
    registers,
  });
  const excluded = new Counter({
    name: "tidemark_excluded_total",
    help: "Views excluded from counting, by reason",
    labelNames: ["reason"],
    registers,
  });
  const securityEvents = new Counter({
    name: "tidemark_security_events_total",
    help: "Log-ins, failed and refused log-ins, refused requests and exports, by event",
    labelNames: ["event"],
    registers,
  });
  const refused = new Counter({
    name: "tidemark_refused_total",
    help: "Views refused by every store and by the journal",
    registers,
  });
  const latency = new Histogram({
    name: "tidemark_view_seconds",
    help: "Time from a view's arrival to its outcome",
    buckets: LATENCY_BOUNDS_US.map((bound) => bound / 1e6),
    registers,
  });
  const mode = new Gauge({
    name: "tidemark_mode",
    help: "1 for the place where this process counts views now, 0 for the others",
    labelNames: ["mode"],
    registers,
  });
  const journal = new Gauge({
    name: "tidemark_journal_views",
    help: "Views in this process's journal, not yet replayed",
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [ofSite] });
  const processes = gauge(
    "tidemark_web_processes",
    "Web processes behind this port that answered the scrape",
  );
  const setAside = gauge(
    "tidemark_journal_rejected_lines",
    "Lines in the .rejected files of this process's journal directory, which no store takes",
  );
  const unsynced = gauge("tidemark_buffered_views", "Views in Redis that are waiting to sync");
  const lag = gauge("tidemark_sync_lag_seconds", "Age of the oldest view that is waiting to sync");
  const lastSync = gauge(
    "tidemark_last_sync_timestamp_seconds",
    "When the last successful sync ended, Unix time",
  );
  const syncFailed = gauge("tidemark_last_sync_failed", "1 when the last sync that ended had failed");
  const drift = gauge("tidemark_ledger_drift_views", "Views that did not add up at the last sync");
  const knownLost = gauge(
    "tidemark_known_lost_views",
    "Views that Redis acknowledged and then lost, in total",
  );
  const evaluated = gauge(
    "tidemark_last_evaluation_timestamp_seconds",
    "When the alert rules were last evaluated, Unix time",
  );

  const jobs = new Gauge({
    name: "tidemark_queue_jobs",
    help: "Jobs of the queue, by state",
    labelNames: ["state"],
    registers: [ofSite],
  });
  const workers = gauge("tidemark_queue_workers", "Workers connected to the queue");
  const redisMemory = gauge("tidemark_redis_memory_bytes", "Memory that Redis uses");
  const redisLimit = gauge(
    "tidemark_redis_memory_limit_bytes",
    "Memory that Redis may use: its maxmemory, or else the machine's",
  );
  const work = createWorkMetrics(registry);

  async function readRedisGauges() {
    const [queue, memory] = await Promise.all([sources.readQueue(), sources.redisMemory()]);
    jobs.reset();
    for (const unknown of [workers, redisMemory, redisLimit]) unknown.remove();
    if (queue.data && queue.why === null) {
      for (const [state, count] of Object.entries(queue.data.counts)) jobs.set({ state }, count);
      if (queue.data.workers) workers.set(queue.data.workers.length);
    }
    if (memory) redisMemory.set(memory.usedBytes);
    if (memory?.limitBytes) redisLimit.set(memory.limitBytes);
  }

  function readOwn() {
    mode.reset();
    for (const name of ["redis", "database", "journal"])
      mode.set({ mode: name }, Number(sources.mode().mode === name));
    journal.set(sources.journal.size());
  }

  async function readGauges() {
    setAside.set(sources.journal.setAside());
    const live = await sources.liveStatus();
    for (const unknown of [unsynced, lag, lastSync, syncFailed, drift, knownLost, evaluated])
      unknown.remove();
    if (live.unsynced !== null) {
      unsynced.set(live.unsynced);
      lag.set(live.oldestUnsyncedAt ? (Date.now() - live.oldestUnsyncedAt.getTime()) / 1000 : 0);
    }
    const { db } = sources;
    const [good, ended, entry, evaluation] = await Promise.all([
      db.syncRun.findFirst({ where: { error: null, endedAt: { not: null } }, orderBy: { endedAt: "desc" } }),
      db.syncRun.findFirst({ where: { endedAt: { not: null } }, orderBy: { endedAt: "desc" } }),
      db.ledgerEntry.findFirst({ orderBy: { id: "desc" } }),
      db.lastEvaluation.findUnique({ where: { id: 1 } }),
    ]);
    if (good?.endedAt) lastSync.set(good.endedAt.getTime() / 1000);
    if (ended) syncFailed.set(Number(ended.error !== null));
    if (evaluation) evaluated.set(evaluation.at.getTime() / 1000);
    if (entry) {
      drift.set(Number(entry.drift));
      knownLost.set(Number(entry.knownLost));
    }
  }

  // Finding a label's counter anew would cost each view a microsecond.
  const viewsIn = {
    redis: views.labels({ path: "redis" }),
    database: views.labels({ path: "database" }),
    journal: views.labels({ path: "journal" }),
  };

  return {
    counted(outcome, microseconds) {
      latency.observe(microseconds / 1e6);
      if (outcome.reason === "unavailable") refused.inc();
      else if (outcome.reason === "duplicate") repeats.inc();
      else if (outcome.path !== "none") viewsIn[outcome.path].inc();
    },
    excluded: (reason) => excluded.inc({ reason }),
    work,
    secured: (event) => securityEvents.inc({ event }),
    own() {
      readOwn();
      return registry.getMetricsAsJSON();
    },
    async text(gathered = null) {
      readOwn();
      const ofProcesses = gathered ? labelled(gathered) : registry;
      processes.set(gathered?.length ?? 1);
      await Promise.all([readGauges().catch(sources.onError), readRedisGauges()]);
      const parts = await Promise.all([ofProcesses.metrics(), ofSite.metrics()]);
      return { contentType: registry.contentType, body: parts.join("\n") };
    },
  };
}

/**
 * The metrics of several processes beside each other, each with the label `process`. They are not added up: when a process ends,
 * the sum would shrink, which Prometheus takes for a counter that started again from zero.
 */
function labelled(all: MetricsOfProcess[]): Registry {
  const label = ({ process, metrics }: MetricsOfProcess) =>
    metrics.map((metric) => ({
      ...metric,
      values: metric.values.map((value) => ({
        ...value,
        labels: { ...value.labels, process: String(process) },
      })),
      // No two processes have the same labels, so there is nothing to add up, and nothing to leave out.
      aggregator: "sum" as const,
    }));
  return AggregatorRegistry.aggregate(all.map(label));
}
