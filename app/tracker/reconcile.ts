import type { Decision, Reconciled } from "./fallback-row";
import type { DedupeMemory, FallbackRows } from "./ports";

/** Named points between two steps, where tests kill the process. */
export type ReconcileStep = "reconcile:redis-taught" | "reconcile:rows-updated";

/**
 * Makes Redis and the fallback rows agree, so that the ambiguous timeout, the reader known only to Redis and the reader
 * known only to Postgres each end up as exactly one counted view. Oldest first, because an older counted view decides whether
 * a newer one counts. If a run is cut short anywhere, the next one recognises its stamps in Redis and reaches the same result.
 */
export async function reconcileRows(
  redis: DedupeMemory,
  rows: FallbackRows,
  step: (label: ReconcileStep) => void | Promise<void> = () => {},
): Promise<Reconciled> {
  const total: Reconciled = { rows: 0, retracted: 0, promoted: 0 };
  for (const kind of ["story", "chapter"] as const) {
    let after: { at: number; id: bigint } | null = null;
    for (;;) {
      const batch = await rows.next(kind, after);
      const last = batch.at(-1);
      if (!last) break;
      const decisions: Decision[] = [];
      for (const shard of new Set(batch.map((row) => row.shard))) {
        const inShard = batch.filter((row) => row.shard === shard);
        const counts = await redis.reconcile(shard, inShard);
        for (const [i, row] of inShard.entries()) decisions.push({ id: row.id, counts: counts[i] ?? false });
      }
      await step("reconcile:redis-taught");
      const done = await rows.applyReconciliation(kind, decisions);
      await step("reconcile:rows-updated");
      total.rows += done.rows;
      total.retracted += done.retracted;
      total.promoted += done.promoted;
      after = { at: last.at, id: last.id };
    }
  }
  return total;
}
