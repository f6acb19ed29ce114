import { isDeepStrictEqual } from "node:util";
import type { Queue } from "bullmq";
import { SYNC_JOB_OPTIONS } from "~/platform/queue";
import { formatCount, formatDuration } from "~/shared/format";
import { SCHEDULE_TRIGGER } from "./sync-trigger";

/** The only entry of BullMQ's schedule. */
export const SCHEDULER = "sync";

/** The job that each turn of the schedule becomes. */
export const SCHEDULED_JOB = {
  name: "sync",
  data: { trigger: SCHEDULE_TRIGGER },
  opts: SYNC_JOB_OPTIONS,
};

/** How a queue differs from the schedule that Tidemark wants. */
export interface ScheduleFault {
  /** `queue`: no job would run. `entry`: the entry has other fields. `turn`: the next turn would not come. */
  kind: "queue" | "entry" | "turn";
  /** In words, as what was found: "a paused queue". */
  what: string;
}

/** Clocks of worker, web process and Redis may differ by this much, ms. */
const CLOCKS_DIFFER_MS = 5000;
/** BullMQ takes a job back from a dead worker in less than a minute; one that no worker runs for this long, ms, was forgotten. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Compares the queue with the schedule that Tidemark wants: one entry, one turn per interval, forever, and nothing that keeps its
 * jobs from running. Reads only. Empty when they agree. Rejects when Redis does not answer.
 */
export async function findScheduleFaults(
  queue: Queue,
  intervalMs: number,
  now: number,
): Promise<ScheduleFault[]> {
  const [held, entry] = await Promise.all([findHolds(queue), queue.getJobScheduler(SCHEDULER)]);
  if (!entry) return [...held, { kind: "turn", what: "no schedule" }];
  const { next } = entry;
  const turn = await findTurnFault(queue, next, intervalMs, now);
  // A turn that came between the two reads looks like a missing one.
  const came = turn && (await queue.getJobScheduler(SCHEDULER))?.next !== next;
  return [
    ...held,
    ...differences(entry, intervalMs).map((what) => ({ kind: "entry" as const, what })),
    ...(turn && !came ? [{ kind: "turn" as const, what: turn }] : []),
  ];
}

/** Settings of BullMQ's queue that hold its jobs back. An operator's pause is a setting of Tidemark, and not among them. */
async function findHolds(queue: Queue): Promise<ScheduleFault[]> {
  const { paused, concurrency, max, duration } = await queue.getMeta();
  const holds: (string | false)[] = [
    paused === true && "a paused queue",
    concurrency !== undefined && `a limit of ${concurrency} jobs at once`,
    (max !== undefined || duration !== undefined) && "a rate limit",
  ];
  return holds.filter((what) => what !== false).map((what) => ({ kind: "queue", what }));
}

type Entry = NonNullable<Awaited<ReturnType<Queue["getJobScheduler"]>>>;

function differences(entry: Entry, intervalMs: number): string[] {
  const found: (string | false)[] = [
    entry.every === undefined
      ? `the pattern “${entry.pattern ?? ""}” instead of an interval`
      : entry.every !== intervalMs && `an interval of ${formatDuration(entry.every / 1000)}`,
    entry.every !== undefined && entry.pattern !== undefined && "a pattern beside the interval",
    entry.limit !== undefined && `an end after ${formatCount(entry.limit, "run")}`,
    entry.endDate !== undefined && "an end date",
    entry.startDate !== undefined && "a start date",
    entry.tz !== undefined && "a time zone",
    (entry.name !== SCHEDULED_JOB.name ||
      !isDeepStrictEqual(entry.template?.data, SCHEDULED_JOB.data) ||
      !isDeepStrictEqual({ ...entry.template?.opts }, SCHEDULED_JOB.opts)) &&
      "jobs that are not its syncs",
  ];
  return found.filter((what) => what !== false);
}

/** Looks at the job of the next turn: there must be one, and it must come. Null when it will. */
async function findTurnFault(
  queue: Queue,
  next: number | null | undefined,
  intervalMs: number,
  now: number,
): Promise<string | null> {
  if (!next) return "no next turn";
  const latest = now + intervalMs + CLOCKS_DIFFER_MS;
  if (next > latest) return "a next turn that is too far away";
  const id = `repeat:${SCHEDULER}:${next}`;
  const [job, state] = await Promise.all([queue.getJob(id), queue.getJobState(id)]);
  if (!job) return "no next turn";
  if (state === "delayed") {
    const client = await queue.getBackend().client;
    // BullMQ keeps the time of a delayed job in the upper bits of its score.
    const comesAt = Number(await client.zscore(queue.toKey("delayed"), id)) / 0x1000;
    return comesAt > latest ? "a next turn that is too far away" : null;
  }
  if (state === "waiting" || state === "prioritized") return null;
  if (state !== "active") return "no next turn";
  if (now - next < ABANDONED_AFTER_MS) return null;
  const client = await queue.getBackend().client;
  const locked = await client.get(`${queue.toKey(id)}:lock`);
  return locked === null ? "a turn abandoned halfway" : null;
}
