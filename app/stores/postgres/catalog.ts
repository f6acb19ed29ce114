import { LRUCache } from "lru-cache";
import type pg from "pg";
import { withTimeout } from "~/tracker/timeout";

/** The facts about a story that counting needs. Read counts come from the last lookup and are up to `FRESH_MS` old. */
export interface CatalogStory {
  id: number;
  published: boolean;
  readCount: number;
  /** Its author and editors, whose own visits do not count. */
  staff: number[];
  chapters: Map<number, { id: number; published: boolean; readCount: number }>;
}

/** Finds stories by slug for the counting path. */
export interface Catalog {
  /** Finds the story with this slug; null when there is none. Rejects when it is not cached and Postgres does not answer. */
  find(slug: string): Promise<CatalogStory | null>;
  /** Reads the story from Postgres, even when it is cached. */
  refresh(slug: string): Promise<CatalogStory | null>;
}

interface Entry {
  story: CatalogStory | null;
  /** When it was read, Unix ms. */
  at: number;
}

/** A change to a story (published, deleted, synced) takes effect within this time, ms. */
const FRESH_MS = 2000;
/** A stale entry is refreshed before it is used, unless Postgres takes longer than this, ms. */
const REFRESH_TIMEOUT_MS = 100;
/** Bounds memory: a request can ask for any slug. */
const MAX_ENTRIES = 5000;

/**
 * Finds stories for the counting path without one query per view. A lookup serves all views for a while; when Postgres is
 * slow or unreachable, the last known answer is used.
 */
export function createCatalog(pool: pg.Pool, now: () => number = Date.now): Catalog {
  const entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  const reading = new Map<string, Promise<CatalogStory | null>>();

  async function read(slug: string): Promise<CatalogStory | null> {
    const { rows } = await pool.query<{
      id: number;
      published: boolean;
      readCount: number;
      staff: number[];
      chapters: { number: number; id: number; published: boolean; readCount: number }[];
    }>({
      name: "catalog-find",
      text: `SELECT s.id, s.status = 'PUBLISHED' AS published, s."readCount",
          array_append(ARRAY(SELECT e."userId" FROM "StoryEditor" e WHERE e."storyId" = s.id), s."authorId") AS staff,
          COALESCE((SELECT json_agg(json_build_object('number', c.number, 'id', c.id,
            'published', c.status = 'PUBLISHED', 'readCount', c."readCount"))
            FROM "Chapter" c WHERE c."storyId" = s.id), '[]') AS chapters
        FROM "Story" s WHERE s.slug = $1`,
      values: [slug],
    });
    const row = rows[0];
    const story = row
      ? { ...row, chapters: new Map(row.chapters.map(({ number, ...chapter }) => [number, chapter])) }
      : null;
    entries.set(slug, { story, at: now() });
    return story;
  }

  /** Runs one query per slug at a time, however many callers wait for it. */
  function readOnce(slug: string) {
    const known = reading.get(slug);
    if (known) return known;
    const started = read(slug).finally(() => reading.delete(slug));
    reading.set(slug, started);
    return started;
  }

  return {
    refresh: readOnce,
    async find(slug) {
      // Postgres does not allow NUL in text, so no slug contains it.
      if (slug.includes("\0")) return null;
      const entry = entries.get(slug);
      if (!entry) return readOnce(slug);
      if (now() - entry.at <= FRESH_MS) return entry.story;
      // A slug that did not exist may exist now, and its first reader should be counted.
      if (entry.story === null) return readOnce(slug);
      // While Postgres is unreachable, the last known answer is used, and the next view tries again.
      return withTimeout(REFRESH_TIMEOUT_MS, readOnce(slug)).catch(() => entry.story);
    },
  };
}
