import type { CountResult, PlacedTarget, View } from "./view";

/**
 * A store that dedupes and counts. Implemented on Redis and on Postgres; tests/contract holds the battery both must pass.
 * `record` answers a verdict for every offer of every view, in order, and only after the store has them. It rejects
 * when it cannot know that: the caller then offers the views elsewhere, and reconcile removes what was counted twice.
 */
export interface ViewStore {
  record(views: View[]): Promise<CountResult[][]>;
}

/** The last resort: a file. Rejects when it is full or the disk refuses. */
export interface Journal {
  append(views: View[]): Promise<void>;
  /** Views kept and not yet replayed by this process. */
  size(): number;
}

/** Reads how many views of each target wait in Redis; null when Redis cannot be asked in time. Never rejects. */
export type ReadUnsynced = (targets: PlacedTarget[]) => Promise<Map<string, number> | null>;
