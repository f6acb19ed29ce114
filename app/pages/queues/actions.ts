import { z } from "zod";
import { type Actions, defineAction, type Operator } from "~/console/action";
import { writeAudit } from "~/platform/audit";
import { type ActionResult, done, refused } from "~/shared/action-result";
import { withTimeout } from "~/tracker/timeout";

/** A person waits this long, ms: enough to notice a dead connection, and to replace it. */
const TIMEOUT_MS = 2500;

/**
 * Retries a failed job, as the queue board does. It is audited twice: that it was asked for, before it is done, and how it
 * ended. A job holds no views: the retry moves whatever waits by then.
 */
const retryJob = defineAction({
  permission: "queues.change",
  reason: "required",
  // BullMQ's ids of our jobs: UUIDs, numbers, `repeat:sync:<ms>`, `pause-ended-<ms>`.
  schema: z.object({ id: z.string().regex(/^[\w:-]{1,100}$/, "There is no such job.") }),
  async run(operator, { id }): Promise<ActionResult> {
    const { runtime } = operator;
    const queue = runtime.queue.queue();
    if (!queue) return refused("No change: this site counts without Redis, so it has no queue.");
    if (!(await runtime.queue.answers()))
      return refused("No change: Redis is unreachable. Nothing is lost; try again when it is back.");
    const job = await withTimeout(TIMEOUT_MS, queue.getJob(id));
    if (!job) return refused(`No change: job ${id} is gone.`);
    const state = await withTimeout(TIMEOUT_MS, job.getState());
    if (state !== "failed") return refused(`No change: job ${id} has not failed; it is ${state}.`);
    await audit(operator, id, "requested");
    try {
      await withTimeout(TIMEOUT_MS, job.retry());
    } catch (error) {
      await audit(operator, id, `failed: ${(error as Error).message}`);
      operator.log.warn({ err: error, job: id }, "a job could not be retried");
      return refused("Redis did not confirm the retry. Look at the job's state before you try again.");
    }
    await audit(operator, id, "done");
    return done(`Job ${id} is waiting for a worker again. If it fails again, it returns to this list.`);
  },
});

const audit = ({ runtime, user, reason }: Operator, id: string, outcome: string) =>
  writeAudit(runtime.db, user, {
    action: "queues.retry",
    target: `job ${id}`,
    reason,
    after: { request: "the queues' page", outcome },
  });

/** The actions of the queues' page, by intent. */
export const QUEUE_ACTIONS: Actions = { retry: retryJob };
