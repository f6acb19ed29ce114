import { every } from "~/platform/every";
import type { Logger } from "~/platform/logger";
import { bucketIndex, emptyBuckets } from "~/shared/histogram";
import type { Outcome } from "~/tracker/outcome";
import type { CurrentMode } from "~/tracker/record";
import type { PrismaClient } from "../../prisma/client/client";

/** Seconds a sample covers. */
export const SAMPLE_SECONDS = 10;
/** Samples, and mode changes, kept in memory while Postgres is unreachable: an hour of samples. */
const MAX_KEPT_ROWS = 360;
/** At most one log line per this time, ms, about views that are not counted in Redis. */
const WARN_EVERY_MS = 10_000;

/** Collects what this process does with views, for charts. */
export interface Sampler {
  counted(outcome: Outcome, microseconds: number): void;
  excluded(): void;
  /**
   * Call this whenever a breaker or a setting changes: records where this process counts from now on. `whyRedis` is the
   * reason if that is Redis again.
   */
  noteMode(whyRedis?: string): void;
  stop(): Promise<void>;
}

/** What the process that watches the sync knows of it. */
interface WatchedSync {
  /** Reads the total of unsynced views; rejects when Redis does not answer. */
  unsynced(): Promise<{ views: number; oldestAt: number | null }>;
  /** How old, ms, the oldest unsynced view may be for the history to count as fresh. */
  limitMs(): number;
}

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
 * Starts writing this process's numbers to Postgres every ten seconds: views by path, latencies, where it counts. While
 * Postgres is unreachable, the rows are kept in memory with their times. A failure here affects only charts, never a reader.
 */
export function startSampler(options: {
  db: PrismaClient;
  log: Logger;
  process: string;
  role: "web" | "worker";
  mode: () => CurrentMode;
  journalSize: () => number;
  sync?: WatchedSync;
}): Sampler {
  const { db, log, role } = options;
  const fresh = () => ({ redis: 0, database: 0, journal: 0, duplicates: 0, excluded: 0, failed: 0 });
  let counts = fresh();
  let latencies = emptyBuckets();
  let samples: SampleRow[] = [];
  let changes: ModeRow[] = [];
  let lastMode: string | null = null;
  /** When the oldest unsynced view was counted, Unix ms, as last read: while Redis is away, it goes on ageing. Undefined before the first reading. */
  let oldestAt: number | null | undefined;
  let fallback = { views: 0, warnedAt: 0 };
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
    // Written at once: pages served by other processes read the change from this row.
    writing = writing.then(writeChanges);
  }

  /** Warns at most every ten seconds, with the number of views since the last warning. */
  function warnOfFallback(path: string) {
    fallback.views += 1;
    if (Date.now() - fallback.warnedAt < WARN_EVERY_MS) return;
    log.warn(
      { path, views: fallback.views, reason: options.mode().reason },
      "fallback: views are not counted in Redis",
    );
    fallback = { views: 0, warnedAt: Date.now() };
  }

  async function write() {
    noteMode();
    // Without an answer the sample says null, which charts show as unknown. The breaker reports why Redis does not answer.
    const unsynced = await options.sync?.unsynced().catch(() => null);
    if (unsynced) oldestAt = unsynced.oldestAt;
    const mode = options.mode();
    samples.push({
      at: new Date(Date.now() - SAMPLE_SECONDS * 1000),
      span: SAMPLE_SECONDS,
      process: options.process,
      role,
      ...counts,
      journalled: options.journalSize(),
      latencyBuckets: latencies,
      mode: mode.mode,
      buffered: unsynced?.views ?? null,
      lagSeconds: unsynced
        ? Math.round(unsynced.oldestAt ? (Date.now() - unsynced.oldestAt) / 1000 : 0)
        : null,
      ...judge(),
    });
    counts = fresh();
    latencies = emptyBuckets();
    samples = samples.slice(-MAX_KEPT_ROWS);
    // A copy, here and below: rows that arrive during the write must be kept.
    const sending = [...samples];
    try {
      await db.sample.createMany({ data: sending });
      samples = samples.filter((row) => !sending.includes(row));
    } catch (error) {
      log.warn(
        { error: (error as Error).message.split("\n").at(-1) },
        "samples kept in memory: Postgres does not accept them",
      );
    }
    await writeChanges();
  }

  /** Whether the history was fresh for the length of this sample. */
  function judge() {
    if (!options.sync || oldestAt === undefined) return { judgedSeconds: 0, freshSeconds: 0 };
    const isFresh = oldestAt === null || Date.now() - oldestAt <= options.sync.limitMs();
    return { judgedSeconds: SAMPLE_SECONDS, freshSeconds: isFresh ? SAMPLE_SECONDS : 0 };
  }

  async function writeChanges() {
    changes = changes.slice(-MAX_KEPT_ROWS);
    const sending = [...changes];
    if (!sending.length) return;
    try {
      await db.modeChange.createMany({ data: sending });
      changes = changes.filter((row) => !sending.includes(row));
    } catch {
      // They are kept too. The samples failed with them and logged the reason.
    }
  }

  noteMode();
  const writeNext = () => {
    writing = writing.then(write);
    return writing;
  };
  const stopSampling = every(SAMPLE_SECONDS * 1000, writeNext, (error) =>
    log.warn({ error: error.message }, "a sample was not taken"),
  );

  return {
    counted(outcome: Outcome, microseconds) {
      const bucket = bucketIndex(microseconds);
      latencies[bucket] = (latencies[bucket] ?? 0) + 1;
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
      await stopSampling();
      await writeNext();
    },
  };
}
