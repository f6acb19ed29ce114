import { writeAudit } from "~/platform/audit";
import { type ActionResult, done, refused } from "~/shared/action-result";
import { formatTrigger } from "~/telemetry/sync-trigger";
import type { Operator } from "./operator";

/**
 * Asks the worker for a sync. While the sync is paused only with `force`; without Redis the answer says so. The
 * wish is audited either way.
 */
export async function runSyncNow(operator: Operator, force: boolean): Promise<ActionResult> {
  return ask(operator, "sync.run", "sync", formatTrigger({ type: "run-now", by: operator.user.name }), force);
}

/** Tries a failed run again. What it did not carry waits in its buffers, so the new run carries that and what came since. */
export async function retryRun(operator: Operator, runId: number, force: boolean): Promise<ActionResult> {
  const run = await operator.runtime.db.syncRun.findUnique({ where: { id: runId } });
  if (!run) return refused(`There is no run ${runId}.`);
  if (!run.error) return refused(`Run ${runId} did not fail, so there is nothing to try again.`);
  const trigger = formatTrigger({ type: "retry", runId, by: operator.user.name });
  return ask(operator, "sync.retry", `run ${runId}`, trigger, force);
}

async function ask(
  { runtime, user, reason }: Operator,
  action: string,
  target: string,
  trigger: string,
  force: boolean,
): Promise<ActionResult> {
  const result = await runtime.queue.runNow(trigger, { force });
  const after = result.ok ? { asked: true } : { asked: false, why: result.why };
  await writeAudit(runtime.db, user, { action, target, reason, after });
  return result.ok
    ? done("The worker has been asked to sync. The run appears in the table within seconds.")
    : refused(result.why);
}
