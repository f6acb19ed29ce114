import type { Decision, FallbackRow, ReconcileRound } from "./fallback-row";
import type { DedupeMemory, FallbackRows, RowPlace } from "./ports";
import { withTimeout } from "./timeout";

/** Named points between two steps, where tests kill the process. */
export type ReconcileStep = "reconcile:redis-taught" | "reconcile:rows-updated";

/** Redis's answer about one shard's rows takes milliseconds. Postgres keeps a transaction open meanwhile, so this is bounded, ms. */
const REDIS_TIMEOUT_MS = 3000;

/**
 * Makes Redis and the fallback rows agree, so that the ambiguous timeout, the reader known only to Redis and the reader
 * known only to Postgres each end up as exactly one counted view. Oldest first, because an older counted view decides whether
 * a newer one counts. If a run is cut short anywhere, the next one recognises its stamps in Redis and reaches the same result.
 * A shard or a row that Redis or Postgres refuses is left for the next round and stops no other: the reasons are in `errors`.
 * Rejects when Postgres does not answer.
 */
export async function reconcileRows(
  redis: DedupeMemory,
  rows: FallbackRows,
  step: (label: ReconcileStep) => void | Promise<void> = () => {},
): Promise<ReconcileRound> {
  const total: ReconcileRound = { rows: 0, retracted: 0, promoted: 0, givenUp: 0, errors: [] };

  async function decide(batch: FallbackRow[]): Promise<Decision[]> {
    const decisions: Decision[] = [];
    for (const shard of new Set(batch.map((row) => row.shard))) {
      const inShard = batch.filter((row) => row.shard === shard);
      try {
        const counts = await withTimeout(REDIS_TIMEOUT_MS, redis.reconcile(shard, inShard));
        for (const [i, row] of inShard.entries()) decisions.push({ id: row.id, counts: counts[i] ?? false });
      } catch (error) {
        total.errors.push(new Error(`shard ${shard}: ${(error as Error).message}`, { cause: error }));
      }
    }
    await step("reconcile:redis-taught");
    return decisions;
  }

  for (const kind of ["story", "chapter"] as const) {
    total.givenUp += await rows.giveUp(kind);
    let after: RowPlace | null = null;
    for (;;) {
      const done = await rows.reconcileBatch(kind, after, decide);
      // Another process is at work; it takes these rows too.
      if (done === "busy") return total;
      if (done === "done") break;
      await step("reconcile:rows-updated");
      total.rows += done.rows;
      total.retracted += done.retracted;
      total.promoted += done.promoted;
      total.errors.push(...done.errors);
      after = done.last;
    }
  }
  return total;
}
