import type { Job, Queue } from "bullmq";
import { keepLastReading, type LastReading } from "~/platform/last-reading";
import { lookUp } from "~/shared/look-up";
import { type JobTimes, measureJobs } from "./job-times";
import { SCHEDULER } from "./sync-schedule";
import { readJobTrigger } from "./sync-trigger";

/** The states that a sync's job can have, in the order of its life. */
const JOB_STATES = ["delayed", "waiting", "active", "completed", "failed"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job whose last attempt failed. */
export interface FailedJob {
  id: string;
  trigger: string;
  failedAt: Date | null;
  /** Attempts made, of how many. */
  attempts: number;
  allowed: number;
  /** The last line of the error, cut at a length that a page can show. */
  reason: string;
}

/** A worker's connection, as Redis lists it. */
export interface ConnectedWorker {
  id: string;
  connectedSeconds: number;
}

/** The queue as it is at one moment. */
export interface QueueNow {
  counts: Record<JobState, number>;
  /** When the schedule's next job is due; null without a schedule. */
  nextAt: Date | null;
  /** Since when the running jobs run. */
  activeSince: Date[];
  /** Null where Redis does not list its clients, as some services do not. */
  workers: ConnectedWorker[] | null;
  times: JobTimes;
  failures: FailedJob[];
}

/** Jobs that ended in each minute, newest first. The newest minute began at `newestAt`, Unix ms; null before the first job. */
export interface PerMinute {
  counts: number[];
  newestAt: number | null;
}
export type Throughput = Record<"completed" | "failed", PerMinute>;

/** Reads the queue for pages and metrics. It answers within its deadline, never rejects, and remembers what it read last. */
export interface QueueReader {
  readQueue(): Promise<LastReading<QueueNow>>;
  readThroughput(): Promise<LastReading<Throughput>>;
}

/** Jobs that are read to tell how long jobs wait and run, and how many failures are shown. */
const LATEST_COMPLETED = 100;
const LATEST_FAILED = 20;
/** The worker counts the minutes of a week. */
export const THROUGHPUT_MINUTES = 7 * 24 * 60;
const REASON_CHARACTERS = 400;
const TIMEOUT_MS = 1500;
/** Pages that ask within this time, ms, share a reading. A week of minutes is ten thousand numbers, of which few change. */
const SHARED_MS = 1000;
const THROUGHPUT_SHARED_MS = 15_000;

/** Creates the reader. Where there is no Redis, `queue` returns null, and there is nothing to read. */
export function createQueueReader(queue: () => Queue | null, onError: (error: Error) => void): QueueReader {
  const keep = <T>(read: (queue: Queue) => Promise<T>, sharedMs: number) =>
    keepLastReading(
      async () => {
        const made = queue();
        if (!made) throw new Error("this site counts without Redis, so it has no queue");
        return read(made);
      },
      { timeoutMs: TIMEOUT_MS, sharedMs, onError },
    );
  return {
    readQueue: keep(readQueue, SHARED_MS),
    readThroughput: keep(readThroughput, THROUGHPUT_SHARED_MS),
  };
}

/** Reads the state of a queue. Rejects when Redis does not answer. */
export async function readQueue(queue: Queue): Promise<QueueNow> {
  const [counts, scheduler, active, workers, completed, failed] = await Promise.all([
    countJobs(queue),
    queue.getJobScheduler(SCHEDULER),
    queue.getActive(0, 9),
    readWorkers(queue),
    queue.getCompleted(0, LATEST_COMPLETED - 1),
    queue.getFailed(0, LATEST_FAILED - 1),
  ]);
  return {
    counts,
    nextAt: scheduler?.next ? new Date(scheduler.next) : null,
    activeSince: active.flatMap((job) => (job?.processedOn ? [new Date(job.processedOn)] : [])),
    workers,
    // A job that was removed between two commands is undefined.
    times: measureJobs(completed.filter(Boolean)),
    failures: failed.filter(Boolean).map(describeFailure),
  };
}

/** How many jobs are in each state. Rejects when Redis does not answer. */
async function countJobs(queue: Queue): Promise<Record<JobState, number>> {
  const found = await queue.getJobCounts(...JOB_STATES, "prioritized");
  const of = (state: string) => lookUp(found, state) ?? 0;
  return {
    delayed: of("delayed"),
    // A job that another program gave a priority waits as well.
    waiting: of("waiting") + of("prioritized"),
    active: of("active"),
    completed: of("completed"),
    failed: of("failed"),
  };
}

function describeFailure(job: Job): FailedJob {
  return {
    id: String(job.id),
    trigger: readJobTrigger({ data: job.data, isTurn: job.repeatJobKey === SCHEDULER }),
    failedAt: job.finishedOn ? new Date(job.finishedOn) : null,
    attempts: job.attemptsMade,
    allowed: job.opts.attempts ?? 1,
    reason: describeReason(job.failedReason),
  };
}

/** The last line of an error: Prisma's begin with the code that failed, and end with what happened. */
const describeReason = (error: string | undefined) =>
  (error ?? "")
    .split("\n")
    .findLast((line) => line.trim() !== "")
    ?.trim()
    .slice(0, REASON_CHARACTERS) ?? "it gave no reason";

/** The workers that are connected to the queue; null where Redis does not tell. */
async function readWorkers(queue: Queue): Promise<ConnectedWorker[] | null> {
  try {
    const clients = await queue.getWorkers();
    const { db = 0 } = (await queue.getBackend().client).options as { db?: number };
    return clients
      .filter((client) => client.db === undefined || Number(client.db) === db)
      .map((client) => ({ id: client.id ?? "", connectedSeconds: Number(client.age ?? 0) }));
  } catch (error) {
    if (/^(NOPERM|ERR)/.test((error as Error).message)) return null;
    throw error;
  }
}

const MINUTE_MS = 60_000;

/** Reads BullMQ's counters. Rejects when Redis does not answer. */
export async function readThroughput(queue: Queue): Promise<Throughput> {
  const read = async (type: "completed" | "failed"): Promise<PerMinute> => {
    const { data, meta } = await queue.getMetrics(type, 0, THROUGHPUT_MINUTES - 1);
    if (!meta.prevTS) return { counts: [], newestAt: null };
    // BullMQ appends a minute to the list once a job ends after it; until then it is the difference of two counters.
    const newest = meta.count - meta.prevCount;
    return { counts: [newest, ...data], newestAt: Math.floor(meta.prevTS / MINUTE_MS) * MINUTE_MS };
  };
  const [completed, failed] = await Promise.all([read("completed"), read("failed")]);
  return { completed, failed };
}
