import { createHistogram } from "node:perf_hooks";
import type { Logger } from "~/platform/logger";
import type { Exclusion, Outcome } from "~/tracker/outcome";
import type { CurrentMode } from "~/tracker/record";
import type { PrismaClient } from "../../prisma/client/client";

/** Seconds a sample covers. */
export const SAMPLE_SECONDS = 10;
/** Samples and mode changes kept in memory while Postgres is away: an hour of them. */
const MOST_WAITING = 360;
/** At most one log line about views not counted in Redis in this time, ms, however many views. */
const BURST_MS = 10_000;

export interface Sampler {
  counted(outcome: Outcome, microseconds: number): void;
  excluded(): void;
  /**
   * Call whenever a breaker or a setting changes: writes down where this process counts from now on. `whyRedis`: why it is
   * Redis again, when it is.
   */
  noteMode(whyRedis?: string): void;
  stop(): Promise<void>;
}

/** What waits in Redis, for the process that watches it; rejects when Redis cannot be asked. */
type ReadBacklog = () => Promise<{ buffered: number; oldestAt: number | null }>;

type SampleRow = Parameters<PrismaClient["sample"]["createMany"]>[0] extends infer Args
  ? Args extends { data: infer Data }
    ? Exclude<Data, readonly unknown[]>
    : never
  : never;
interface ModeRow {
  at: Date;
  process: string;
  role: string;
  from: string;
  to: string;
  reason: string;
}

/**
 * Writes what this process sees to Postgres every ten seconds: views by path, latencies, where it counts. While Postgres
 * is away the rows wait in memory with their own times. Charts are additive: a failure here never reaches a reader.
 */
export function startSampler(options: {
  db: PrismaClient;
  log: Logger;
  process: string;
  role: "web" | "worker";
  mode: () => CurrentMode;
  journalSize: () => number;
  backlog?: ReadBacklog;
}): Sampler {
  const { db, log, role } = options;
  const fresh = () => ({ redis: 0, database: 0, journal: 0, duplicates: 0, excluded: 0, failed: 0 });
  let counts = fresh();
  let latencies = createHistogram();
  let samples: SampleRow[] = [];
  let changes: ModeRow[] = [];
  let lastMode: string | null = null;
  let burst = { views: 0, saidAt: 0 };
  let writing: Promise<void> = Promise.resolve();

  function noteMode(whyRedis = "Redis answers again") {
    const now = options.mode();
    if (now.mode === lastMode) return;
    changes.push({
      at: new Date(),
      process: options.process,
      role,
      from: lastMode ?? "started",
      to: now.mode,
      reason: now.reason || (lastMode === null ? "process started" : whyRedis),
    });
    if (lastMode !== null)
      log.warn(
        { from: lastMode, to: now.mode, reason: now.reason || whyRedis },
        "views are counted elsewhere",
      );
    lastMode = now.mode;
    // At once: operators who watch another process's page hear of it by way of this row.
    writing = writing.then(writeChanges);
  }

  /** One warning a burst of fallback views, with how many there were since the last one. */
  function warnOfFallback(path: string) {
    burst.views += 1;
    if (Date.now() - burst.saidAt < BURST_MS) return;
    log.warn(
      { path, views: burst.views, reason: options.mode().reason },
      "fallback: views are not counted in Redis",
    );
    burst = { views: 0, saidAt: Date.now() };
  }

  async function write() {
    noteMode();
    const waiting = await options.backlog?.().catch(() => null);
    const mode = options.mode();
    samples.push({
      at: new Date(Date.now() - SAMPLE_SECONDS * 1000),
      span: SAMPLE_SECONDS,
      process: options.process,
      role,
      ...counts,
      journalled: options.journalSize(),
      latencyP50Us: latencies.count > 0 ? Math.round(latencies.percentile(50)) : null,
      latencyP99Us: latencies.count > 0 ? Math.round(latencies.percentile(99)) : null,
      mode: mode.mode,
      buffered: waiting?.buffered ?? null,
      lagSeconds: waiting ? Math.round(waiting.oldestAt ? (Date.now() - waiting.oldestAt) / 1000 : 0) : null,
    });
    counts = fresh();
    latencies = createHistogram();
    samples = samples.slice(-MOST_WAITING);
    // A copy, as below: what arrives while it is being written must stay.
    const sending = [...samples];
    try {
      await db.sample.createMany({ data: sending });
      samples = samples.filter((row) => !sending.includes(row));
    } catch (error) {
      log.warn(
        { error: (error as Error).message.split("\n").at(-1) },
        "samples wait: Postgres does not take them",
      );
    }
    await writeChanges();
  }

  async function writeChanges() {
    changes = changes.slice(-MOST_WAITING);
    const sending = [...changes];
    if (!sending.length) return;
    try {
      await db.modeChange.createMany({ data: sending });
      changes = changes.filter((row) => !sending.includes(row));
    } catch {
      // They wait, and the samples, which fail with them, have said so.
    }
  }

  noteMode();
  const timer = setInterval(() => {
    writing = writing.then(write);
  }, SAMPLE_SECONDS * 1000);
  timer.unref();
  writing = writing.then(write);

  return {
    counted(outcome: Outcome, microseconds) {
      latencies.record(Math.max(1, Math.round(microseconds)));
      if (outcome.reason === "unavailable") counts.failed += 1;
      else if (outcome.reason === "duplicate") counts.duplicates += 1;
      else if (outcome.path !== "none") counts[outcome.path] += 1;
      if (outcome.path === "database" || outcome.path === "journal") warnOfFallback(outcome.path);
    },
    excluded() {
      counts.excluded += 1;
    },
    noteMode,
    async stop() {
      clearInterval(timer);
      writing = writing.then(write);
      await writing;
    },
  };
}

/** Gathers why views were not counted, by story, until `flush` takes it away. */
export function createExclusionCounter() {
  let counts = new Map<number, Map<Exclusion, number>>();
  return {
    add(storyId: number, reason: Exclusion) {
      const story = counts.get(storyId) ?? new Map<Exclusion, number>();
      story.set(reason, (story.get(reason) ?? 0) + 1);
      counts.set(storyId, story);
    },
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}
