import { formatCount } from "~/shared/format";

interface QueueFacts {
  /** Whether this site has a queue. */
  queue: boolean;
  state: {
    data: {
      counts: { waiting: number; active: number; failed: number };
      workers: readonly unknown[] | null;
      nextAt: unknown;
    } | null;
    why: string | null;
  };
}

/** The state of the queue in one sentence, the worst first. */
export function describeQueue({ queue, state: { data, why } }: QueueFacts): string {
  if (!queue) return "There is no queue";
  if (why !== null || data === null) return "Redis is unreachable, and the queue is in it";
  const { waiting, active, failed } = data.counts;
  if (data.workers?.length === 0) return "No worker is connected: no sync runs until one is";
  if (data.nextAt === null) return "The queue has no schedule";
  if (active > 0)
    return waiting > 0 ? `A sync is running, ${formatCount(waiting, "job")} waiting` : "A sync is running";
  if (waiting > 0) return `${formatCount(waiting, "job")} waiting for a worker`;
  if (failed > 0) return `Nothing is waiting; ${formatCount(failed, "failed job")} kept`;
  return "Nothing is waiting, and no job has failed";
}
