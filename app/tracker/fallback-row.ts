import type { TargetKind } from "./view";

/** A fallback row as reconcile offers it to Redis: the viewer's keys of the row's day and of others, and its time. */
export interface OfferedRow {
  viewer: string;
  /** The viewer's keys of other days, by offset from the row's day: -1 is the day before. None for a signed-in reader. */
  otherKeys: ReadonlyMap<number, string>;
  /** The keys of a reader who had just signed in, from before that, by offset from the row's day: 0 is the day itself. */
  formerKeys: ReadonlyMap<number, string>;
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

/** The result of a whole round. */
export interface ReconcileRound extends Reconciled {
  /** Rows, counted ones only, that were given up: Redis has forgotten their time. Their views may be counted twice. */
  givenUp: number;
  /** Why some rows were left for the next round; one error per failure. */
  errors: Error[];
}
