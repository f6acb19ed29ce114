import type pg from "pg";
import type { UnsyncedCounts } from "~/tracker/ports";
import { type Target, targetKey } from "~/tracker/view";
import { readRemembered, type UnsyncedReading, writeUnsynced } from "./unsynced-reads";

/** What one process knows of unsynced views from the numbers that it has shown, and shares with the others through Postgres. */
export interface UnsyncedMemory {
  /** Notes what a page has read in Redis, which it asked at a time (Unix ms). */
  note(targets: readonly Target[], unsynced: UnsyncedCounts, at: number): void;
  /** Writes what was noted since the last time; call it every few seconds, and at once when Redis goes. Rejects when Postgres refuses. */
  write(): Promise<void>;
  /** The unsynced views as any process last knew them, this one's own included. Rejects when Postgres does not answer. */
  read(targets: readonly Target[]): Promise<UnsyncedCounts>;
}

/** How often a process writes them, ms: so much older than another process's numbers may be what is shown when Redis goes. */
export const REMEMBER_EVERY_MS = 5000;
/** Readings kept until they are written: those of the pages that were shown last. */
const MAX_NOTED = 5000;

/**
 * Creates a process's memory. `shown` yields the readings behind the answers to views since a time (Unix ms): they are kept anyway, so
 * that counting does nothing for this.
 */
export function createUnsyncedMemory(
  pool: Pick<pg.Pool, "query">,
  shown: (since: number) => Iterable<UnsyncedReading>,
  now: () => number = Date.now,
): UnsyncedMemory {
  let noted = new Map<string, UnsyncedReading>();
  let writtenAt = 0;
  let writing: Promise<void> | null = null;

  async function writeNoted() {
    const [since, readings] = [writtenAt, noted];
    writtenAt = now();
    noted = new Map();
    // A page and a view may both know a target: the statement takes one reading of each.
    const latest = new Map(readings);
    for (const reading of shown(since)) {
      const key = targetKey(reading.target);
      if ((latest.get(key)?.unsynced ?? 0) < reading.unsynced) latest.set(key, reading);
    }
    try {
      await writeUnsynced(pool, [...latest.values()], now);
    } catch (error) {
      writtenAt = since;
      noted = new Map([...readings, ...noted]);
      throw error;
    }
  }

  function write(): Promise<void> {
    writing ??= writeNoted().finally(() => {
      writing = null;
    });
    return writing;
  }

  return {
    note(targets, unsynced, at) {
      for (const target of targets) {
        const count = unsynced.get(targetKey(target)) ?? 0;
        if (count === 0) continue;
        const key = targetKey(target);
        noted.delete(key);
        noted.set(key, { target, unsynced: count, at });
      }
      for (const key of noted.keys()) {
        if (noted.size <= MAX_NOTED) break;
        noted.delete(key);
      }
    },
    write,
    async read(targets) {
      // The numbers that this process showed last are among those that it reads. Where they cannot be written, the older ones do.
      if (noted.size > 0 || writing) await write().catch(() => undefined);
      return readRemembered(pool, targets);
    },
  };
}
