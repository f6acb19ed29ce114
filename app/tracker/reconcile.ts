import type { TargetKind } from "./view";

/** A fallback row, as it is offered to Redis. */
export interface OfferedRow {
  viewer: string;
  viewerBefore: string | null;
  viewerAfter: string | null;
  /** Unix ms. */
  at: number;
}

export interface FallbackRow extends OfferedRow {
  id: bigint;
  kind: TargetKind;
  shard: number;
}

export interface Reconciled {
  rows: number;
  /** Counted rows that Redis had counted already, and repeats that count after all. */
  retracted: number;
  promoted: number;
}

/** What reconcile needs of Postgres. */
export interface FallbackRows {
  /** Unreconciled rows of one kind, oldest first, at most a few hundred. */
  next(kind: TargetKind, after: { at: number; id: bigint } | null): Promise<FallbackRow[]>;
  /** Moves the rows' state, the sums and the reconciled mark in one transaction. */
  applyReconciliation(kind: TargetKind, verdicts: { id: bigint; counts: boolean }[]): Promise<Reconciled>;
}

export type ReconcileStep = "reconcile:redis-taught" | "reconcile:rows-settled";

/**
 * Makes Redis and the fallback rows agree, so that the ambiguous timeout, the reader known only to Redis and the reader
 * known only to Postgres all end as exactly one counted view. Oldest first, because an older counted view decides what
 * becomes of a newer one. Cut short anywhere, the next run finds its own stamps in Redis and ends the same.
 */
export async function reconcileRows(
  redis: { reconcile(shard: number, rows: OfferedRow[]): Promise<boolean[]> },
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
      const verdicts: { id: bigint; counts: boolean }[] = [];
      for (const shard of new Set(batch.map((row) => row.shard))) {
        const mine = batch.filter((row) => row.shard === shard);
        const counts = await redis.reconcile(shard, mine);
        for (const [i, row] of mine.entries()) verdicts.push({ id: row.id, counts: counts[i] ?? false });
      }
      await step("reconcile:redis-taught");
      const done = await rows.applyReconciliation(kind, verdicts);
      await step("reconcile:rows-settled");
      total.rows += done.rows;
      total.retracted += done.retracted;
      total.promoted += done.promoted;
      after = { at: last.at, id: last.id };
    }
  }
  return total;
}
