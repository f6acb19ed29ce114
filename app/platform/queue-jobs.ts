import type { Queue } from "bullmq";
import { ERASED, replaceName } from "./people";

/** Replaces a person's name (`user 12`) in the data of the queue's jobs, finished ones included. @returns how many jobs had it. */
export async function forgetInJobs(queue: Queue, name: string): Promise<number> {
  const jobs = await queue.getJobs(["completed", "failed", "delayed", "waiting", "active", "prioritized"]);
  let changed = 0;
  for (const job of jobs) {
    const data = job && JSON.stringify(job.data ?? null);
    const without = data && replaceName(data, name, ERASED);
    if (!data || data === without) continue;
    await job.updateData(JSON.parse(without as string));
    changed += 1;
  }
  return changed;
}
