import type pg from "pg";

/** What counting must know of a story. Read counts are those of the last look, up to `FRESH_MS` old. */
export interface CatalogStory {
  id: number;
  published: boolean;
  readCount: number;
  /** Its author and editors, whose own visits do not count. */
  staff: number[];
  chapters: Map<number, { id: number; published: boolean; readCount: number }>;
}

export interface Catalog {
  /** The story under this slug, or null when there is none. Rejects when it is not known yet and Postgres is away. */
  find(slug: string): Promise<CatalogStory | null>;
  /** Looks again, whatever is known. */
  refresh(slug: string): Promise<CatalogStory | null>;
}

/** A change to a story (published, deleted, synced) is followed within this time, ms. */
const FRESH_MS = 2000;
/** What is older is asked for before it is used, with this much patience, ms. */
const PATIENCE_MS = 100;
/** Bounds memory against made-up slugs. */
const MOST_ENTRIES = 5000;

/**
 * Looks stories up for the counting path without asking Postgres once a view. One look-up serves
 * everybody for a while; when Postgres is slow or away, the last known answer stands.
 */
export function createCatalog(pool: pg.Pool, now: () => number = Date.now): Catalog {
  const entries = new Map<string, { story: CatalogStory | null; at: number }>();
  const asked = new Map<string, Promise<CatalogStory | null>>();

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
      ? { ...row, chapters: new Map(row.chapters.map(({ number, ...it }) => [number, it])) }
      : null;
    const oldest = entries.keys().next();
    if (!entries.has(slug) && entries.size >= MOST_ENTRIES && !oldest.done) entries.delete(oldest.value);
    entries.set(slug, { story, at: now() });
    return story;
  }

  /** One look-up a slug at a time, however many ask. */
  function readOnce(slug: string) {
    let reading = asked.get(slug);
    if (!reading) {
      reading = read(slug).finally(() => asked.delete(slug));
      asked.set(slug, reading);
    }
    return reading;
  }

  return {
    refresh: readOnce,
    async find(slug) {
      // Postgres refuses NUL in text, so no story can be called that.
      if (slug.includes("\0")) return null;
      const entry = entries.get(slug);
      if (!entry) return readOnce(slug);
      if (now() - entry.at <= FRESH_MS) return entry.story;
      // A slug that did not exist may exist now, and its first reader should be counted.
      if (entry.story === null) return readOnce(slug);
      // Postgres away: what is known stands, and the next view tries again.
      const fresh = readOnce(slug).catch(() => entry.story);
      return Promise.race([fresh, later(PATIENCE_MS, entry.story)]);
    },
  };
}

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value), ms).unref();
  });
}
