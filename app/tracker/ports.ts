import type { Decision, FallbackRow, OfferedRow, Reconciled } from "./fallback-row";
import type { Counts, HourBuffer, Moved, ShardReading } from "./hour-buffer";
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

/** Unsynced views by `targetKey`. */
export type UnsyncedCounts = ReadonlyMap<string, number> & {
  /** Where Redis did not answer: as of when these are the last known ones (null if none are), and read counts with them, by `targetKey`. */
  remembered?: { at: Date | null; totals: ReadonlyMap<string, number> };
};

/** Reads how many views of each target are unsynced; null when no store says so in time. Never rejects. */
export type ReadUnsynced = (targets: PlacedTarget[]) => Promise<UnsyncedCounts | null>;

/** Reads one shard of Redis at one instant. */
export interface ShardReader {
  readShard(shard: number): Promise<ShardReading>;
}

/** Reads a buffer's counters, some hundreds at a time, so that no read holds Redis up. */
export interface BufferWalk {
  /** Yields every counter that the buffer had when the walk began, at its value then or later. */
  walk(shard: number, birth: string): AsyncIterable<Counts>;
}

/** The hour buffers in Redis, as the sync uses them. */
export interface HourBuffers extends ShardReader, BufferWalk {
  /** Takes over buffers that an older version wrote. */
  adopt(shard: number): Promise<void>;
  /** Records in Redis that Postgres has these counts, as read at `readAt` (Unix ms). */
  settle(shard: number, birth: string, readAt: number, counts: Counts): Promise<void>;
  /** Records in Redis that everything up to `writes` is settled. */
  finish(shard: number, birth: string, readAt: number, writes: number): Promise<void>;
  /** Unlinks a buffer whose hour or life has ended; false when it had to stay. */
  close(shard: number, birth: string, writes: number): Promise<boolean>;
  /** Whether Redis is so full that buffers should not wait for another run before they are unlinked. */
  isShortOfMemory(): Promise<boolean>;
}

/** How much of a buffer Postgres has. */
export interface SyncedTotals {
  views: number;
  /** The writes up to which every counter was moved; null while a first walk is not complete. */
  writes: number | null;
}

/** Reads how much of some buffers Postgres has, by birth id; a buffer that it has nothing of is missing. */
export interface SyncedReader {
  readSynced(births: string[]): Promise<Map<string, SyncedTotals>>;
}

/** What became of some counters of one buffer. */
export interface AppliedCounts extends Moved {
  /** The counters that Postgres has now. */
  done: Counts;
  /** Counters that stay in the buffer: refused, held up, or of a newer version. */
  left: number;
  /** Why, for an operator; null for counters of a newer version, which that version will move. */
  problem: string | null;
}

/** The marks in Postgres: how much of each hour buffer is in `readCount` already. */
export interface Marks extends SyncedReader {
  /**
   * Brings Postgres up to these counts of a buffer. `accepted` is its ledger's count as read before them, or 0. Counters that
   * Postgres refuses or another transaction holds up are left, and the others move. `isNew` says that Postgres had nothing of the
   * buffer when this run began: a hint, which makes it faster where it is true, and costs time where it is not.
   */
  apply(
    shard: number,
    buffer: HourBuffer,
    counts: Counts,
    accepted: number,
    isNew?: boolean,
  ): Promise<AppliedCounts>;
  /** Records that every counter is moved up to `writes`. */
  finish(shard: number, buffer: HourBuffer, writes: number): Promise<void>;
}

/** Reads the marks of some counters of one buffer, by field; changes nothing. */
export interface MarkReader {
  readMarks(buffer: HourBuffer, fields: string[]): Promise<Counts>;
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
