import type { TargetKind } from "./view";

/** A fallback row as reconcile offers it to Redis: the viewer's keys of the row's day and its neighbours, and its time. */
export interface OfferedRow {
  viewer: string;
  viewerBefore: string | null;
  viewerAfter: string | null;
  /** Unix ms. */
  at: number;
}

/** A view that Postgres took while Redis was unreachable. */
export interface FallbackRow extends OfferedRow {
  id: bigint;
  kind: TargetKind;
  shard: number;
}

/** Redis's answer for one row: false when Redis had counted the viewer within the window. */
export interface Decision {
  id: bigint;
  counts: boolean;
}

/** The result of reconciling some rows. */
export interface Reconciled {
  rows: number;
  /** Counted rows that Redis had already counted. */
  retracted: number;
  /** Repeats that count after all. */
  promoted: number;
}
