import { LRUCache } from "lru-cache";
import type pg from "pg";
import { batched } from "~/tracker/batch";
import { type Target, targetKey } from "~/tracker/view";

/** A `readCount` as it was read once. */
export interface ReadCount {
  readonly count: number;
  /** Unsynced views as they were last known in Postgres: for views that are counted while Redis is unreachable. */
  readonly remembered: number;
  /** Ms. */
  readonly at: number;
  /** Unsynced views when it was last shown with them; null until then. */
  unsynced: number | null;
}

/** Tells the `readCount` of pages for the number that a reader sees after a view. */
export interface ReadCounts {
  /** The last reading, if it is of a moment ago or Postgres does not answer; undefined when there must be another. */
  known(target: Target): ReadCount | undefined;
  /** Reads it; null when the page was deleted. Rejects when Postgres does not answer. */
  read(target: Target): Promise<ReadCount | null>;
  /** The readings made since a time (ms) and shown with views that were unsynced, the latest first, at most some thousand. */
  shown(since: number): Iterable<{ target: Target; unsynced: number; at: number }>;
}

/** A count that changes without a sync (counted by another process in Postgres, or repaired) is shown within this time, ms. */
const FRESH_MS = 2000;
const MAX_PAGES = 50_000;
/** Readings that are looked through for those that were shown. */
const MAX_SHOWN = 5000;
/** One statement reads many counts, and takes at most one of the connections that count. */
const READ_BATCH = { size: 500, concurrency: 1 };

/** Reads counts in bulk, each page's once however many readers wait for it. */
export function createReadCounts(pool: Pick<pg.Pool, "query">, now: () => number = Date.now): ReadCounts {
  const counts = new LRUCache<string, ReadCount>({ max: MAX_PAGES });
  const reading = new Map<string, Promise<ReadCount | null>>();
  /** While Postgres does not answer, it is asked again after FRESH_MS, and not for every view. */
  let failedAt = Number.NEGATIVE_INFINITY;

  const readBatch = batched(async (targets: Target[]) => {
    const at = now();
    const idsOf = (kind: Target["kind"]) =>
      targets.map((target) => (target.kind === kind ? target.id : null));
    const statement = {
      name: "read-counts",
      text: `SELECT COALESCE(s."readCount", c."readCount")::float8 AS count,
          GREATEST(0, r.total - COALESCE(s."syncedReads", c."syncedReads"))::float8 AS remembered
        FROM unnest($1::int[], $2::int[]) WITH ORDINALITY AS u(story, chapter, place)
        LEFT JOIN "Story" s ON s.id = u.story LEFT JOIN "Chapter" c ON c.id = u.chapter
        LEFT JOIN "UnsyncedReads" r ON r."targetId" = COALESCE(s.id, c.id)
          AND r.kind = CASE WHEN u.story IS NULL THEN 'chapter' ELSE 'story' END
        ORDER BY u.place`,
      values: [idsOf("story"), idsOf("chapter")],
    };
    const { rows } = await pool
      .query<{ count: number | null; remembered: number | null }>(statement)
      .catch((error: unknown) => {
        failedAt = now();
        throw error;
      });
    return targets.map((target, i) => {
      const count = rows[i]?.count ?? null;
      const remembered = rows[i]?.remembered ?? 0;
      const reading = count === null ? null : { count, remembered, at, unsynced: null };
      if (reading) counts.set(targetKey(target), reading);
      else counts.delete(targetKey(target));
      return reading;
    });
  }, READ_BATCH);

  return {
    known(target) {
      const entry = counts.get(targetKey(target));
      return entry && now() - Math.max(entry.at, failedAt) <= FRESH_MS ? entry : undefined;
    },
    read(target) {
      const key = targetKey(target);
      const running = reading.get(key);
      if (running) return running;
      const started = readBatch(target).finally(() => reading.delete(key));
      reading.set(key, started);
      return started;
    },
    *shown(since) {
      let looked = 0;
      for (const [key, { unsynced, at }] of counts.entries()) {
        looked += 1;
        if (looked > MAX_SHOWN) return;
        if (unsynced === null || at < since - FRESH_MS) continue;
        const [kind, id] = key.split(":");
        yield { target: { kind: kind as Target["kind"], id: Number(id) }, unsynced, at };
      }
    },
  };
}
