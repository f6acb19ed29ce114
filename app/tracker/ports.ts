import type { Decision, FallbackRow, OfferedRow, Reconciled } from "./fallback-row";
import type { HourBuffer, Moved, Snapshot } from "./hour-buffer";
import type { CountResult, PlacedTarget, TargetKind, View } from "./view";

/** What became of one view in a store: a result per offer, in order, or the reason why the store refuses this view. */
export type ViewResult = CountResult[] | Error;

/**
 * A store that dedupes and counts. Implemented on Redis and on Postgres; both must pass the tests in tests/contract.
 * `record` returns one result per view, in order, and only once the store has those that it does not refuse. It rejects when it
 * cannot be sure of that: the caller then offers the views to the next store, and reconcile removes any that both counted.
 */
export interface ViewStore {
  record(views: View[]): Promise<ViewResult[]>;
}

/** The last resort: a file. `append` rejects when the file is full or the disk refuses. */
export interface Journal {
  append(views: View[]): Promise<void>;
  /** Views kept by this process and not yet replayed. */
  size(): number;
}

/** Reads how many views of each target are unsynced; null when Redis does not answer in time. Never rejects. */
export type ReadUnsynced = (targets: PlacedTarget[]) => Promise<Map<string, number> | null>;

/** Reads one shard of Redis as it is at one instant. */
export interface SnapshotReader {
  snapshot(shard: number): Promise<Snapshot>;
}

/** The hour buffers in Redis, as the sync uses them. */
export interface HourBuffers extends SnapshotReader {
  /** Records in Redis how much of a buffer Postgres has, as read at `readAt` (Unix ms); false when the buffer was replaced meanwhile. */
  settle(shard: number, buffer: HourBuffer, readAt: number): Promise<boolean>;
  /** Unlinks a settled buffer whose hour has passed; false when it had to stay. */
  close(shard: number, buffer: Pick<HourBuffer, "hour" | "birth">): Promise<boolean>;
}

/** The marks in Postgres: how much of each hour buffer is in `readCount` already. */
export interface Marks {
  /** Brings Postgres up to a buffer's counts, one transaction per chunk. */
  apply(shard: number, buffer: HourBuffer): Promise<Moved>;
}

/** Reads the marks of one buffer, by field; changes nothing. */
export interface MarkReader {
  read(buffer: Pick<HourBuffer, "hour" | "birth">): Promise<Map<string, number>>;
}

/** Redis's memory of counted viewers, as reconcile uses it. */
export interface DedupeMemory {
  /** Returns for each row, in order, whether it counts: false when Redis had counted the viewer within the window. */
  reconcile(shard: number, rows: OfferedRow[]): Promise<boolean[]>;
}

/** Where a round of reconcile has got to. */
export interface RowPlace {
  /** Unix ms. */
  at: number;
  id: bigint;
}

/** The rows that Postgres took while Redis was unreachable, as reconcile uses them. */
export interface FallbackRows {
  /**
   * Takes the next unreconciled rows of one kind, oldest first, at most a few hundred, and asks `decide` about them. The rows,
   * the sums and the reconciled mark change in one transaction, which also keeps other processes away. A row without a decision
   * stays as it is, and so does one that Postgres refuses to change; the error is in `errors`.
   * @returns "busy" while another process reconciles, "done" when there are no more rows.
   */
  reconcileBatch(
    kind: TargetKind,
    after: RowPlace | null,
    decide: (rows: FallbackRow[]) => Promise<Decision[]>,
  ): Promise<"busy" | "done" | ReconciledBatch>;
  /**
   * Closes rows that can no longer be compared with Redis, which has forgotten their time. Those that were counted may be counted
   * twice: they are recorded. @returns how many of them there were.
   */
  giveUp(kind: TargetKind): Promise<number>;
}

/** What became of one batch of rows. */
export interface ReconciledBatch extends Reconciled {
  last: RowPlace;
  errors: Error[];
}
