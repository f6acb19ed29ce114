import { z } from "zod";
import { defineAction, type Operator } from "~/console/action";
import { REASON_MISSING } from "~/console/dispatch-action";
import { checkboxField, idField } from "~/console/fields";
import { type AuditAction, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import { type ActionResult, done, Refusal, refused } from "~/shared/action-result";
import { formatTrigger } from "~/telemetry/sync-trigger";

/**
 * While the sync is paused, it runs only with this box ticked. Running a sync harms nothing, so the reason is optional; overriding
 * another person's pause needs one.
 */
const force = checkboxField;

/** Requests a sync from the worker. Without Redis, or during a pause, the result gives the reason that none runs. */
export const runSyncNow = defineAction({
  permission: "sync.run",
  reason: "optional",
  schema: z.object({ force }),
  run: (operator, fields) =>
    requestSync(operator, {
      action: "sync.run",
      target: "sync",
      trigger: formatTrigger({ type: "run-now", by: actorName(operator.user) }),
      force: fields.force,
    }),
});

/** Retries a failed run. The views that it did not move are still in Redis, so a new run moves them, and all views since. */
export const retryRun = defineAction({
  permission: "sync.run",
  reason: "optional",
  schema: z.object({ run: idField("There is no such run."), force }),
  async run(operator, fields) {
    const run = await operator.runtime.db.syncRun.findUnique({ where: { id: fields.run } });
    if (!run) return refused(`No change: there is no run ${fields.run}.`);
    if (!run.error) return refused(`No change: run ${run.id} did not fail.`);
    return requestSync(operator, {
      action: "sync.retry",
      target: `run ${run.id}`,
      trigger: formatTrigger({ type: "retry", runId: run.id, by: actorName(operator.user) }),
      force: fields.force,
    });
  },
});

/** Audited whether or not a sync will run. */
async function requestSync(
  { runtime, user, reason }: Operator,
  {
    action,
    target,
    trigger,
    force,
  }: { action: AuditAction; target: string; trigger: string; force: boolean },
): Promise<ActionResult> {
  if (force && reason === "") throw new Refusal(REASON_MISSING, "reason");
  const result = await runtime.queue.runNow(trigger, { force });
  const after = result.ok ? { requested: true } : { requested: false, why: result.why };
  await writeAudit(runtime.db, user, { action, target, reason: reason || undefined, after });
  return result.ok
    ? done(`Sync requested. ${result.note ?? "The run appears in the table within seconds."}`)
    : refused(result.why);
}
