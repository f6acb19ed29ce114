import { LRUCache } from "lru-cache";
import type pg from "pg";
import { batched } from "~/tracker/batch";
import { withTimeout } from "~/tracker/timeout";
import type { PlacedTarget } from "~/tracker/view";
import { createStoryChanges } from "./story-changes";

/** The facts about a chapter that counting needs. */
export interface CatalogChapter extends PlacedTarget {
  kind: "chapter";
  number: number;
  published: boolean;
}

/** The facts about a story that counting needs. */
export interface CatalogStory extends PlacedTarget {
  kind: "story";
  published: boolean;
  /** Its author and editors, whose own visits do not count. */
  staff: number[];
  /** By number, and by former numbers that no chapter has now. */
  chapters: Map<number, CatalogChapter>;
}

/** Finds stories by slug for the counting path. */
export interface Catalog {
  /** The answer of a moment ago, at no cost: the story, or null when there was none; undefined when `find` has to look. */
  known(slug: string): CatalogStory | null | undefined;
  /**
   * Finds the story with this slug; null when there is none. Rejects when it is not cached and Postgres does not answer, or when
   * too many unknown slugs are being looked up.
   */
  find(slug: string): Promise<CatalogStory | null>;
}

interface Row {
  /** The slug that was looked up: the story's own or a former one. */
  asked: string;
  slug: string;
  id: number;
  published: boolean;
  staff: number[];
  chapters: { number: number; id: number; published: boolean }[];
  /** Former numbers, and what their chapters have now. */
  moved: { from: number; to: number }[] | null;
}

/** A cached story. */
interface Entry {
  story: CatalogStory;
  /** When it was read, ms. */
  at: number;
  /** False once it is known that the story changed after it was read, or may have. */
  current: boolean;
}

/** A change to a story (published, deleted, a new editor) takes effect within this time, ms. */
const FRESH_MS = 2000;
/** A story is read again after this long, ms, even if no change of it was noted: someone may have switched triggers off. */
const REREAD_MS = 300_000;
/** A stale entry is refreshed before it is used, unless Postgres takes longer than this, ms. */
const REFRESH_TIMEOUT_MS = 100;
/** Stories are cached up to this many chapters and staff in total: about 100 bytes each, so 30 MB. */
const MAX_CACHED_PARTS = 300_000;
/** A story's own part, in the same unit. */
const STORY_PARTS = 5;
/** Slugs without a story are remembered up to this many characters in total, because a request can ask for any slug. */
const MAX_MISSED_CHARACTERS = 500_000;
/** Former slugs that are remembered. */
const MAX_RENAMED = 10_000;
/** One statement looks up many slugs, and each kind of lookup takes at most two connections of the pool. */
const LOOKUP_BATCH = { size: 100, concurrency: 2 };
/** Unknown slugs that wait for Postgres at a time. Beyond that, requests for unknown slugs are refused. */
const MAX_WAITING = 2000;

/**
 * Finds stories for the counting path without one query per view. One small statement per two seconds asks which stories have
 * changed, and only those are read again; while Postgres is slow or unreachable, the last known answer is used. Slugs without a
 * story have a cache and a queue of their own: however many are asked for, they push out no story and delay no lookup of a known one.
 */
export function createCatalog(
  pool: Pick<pg.Pool, "query">,
  { now = Date.now, waitMs = REFRESH_TIMEOUT_MS }: { now?: () => number; waitMs?: number } = {},
): Catalog {
  const stories = new LRUCache<string, Entry>({
    maxSize: MAX_CACHED_PARTS,
    sizeCalculation: ({ story }) => STORY_PARTS + story.chapters.size + story.staff.length,
  });
  /** Slugs without a story, and when that was found, Unix ms. */
  const misses = new LRUCache<string, { at: number }>({
    maxSize: MAX_MISSED_CHARACTERS,
    sizeCalculation: (_, slug) => slug.length + 1,
  });
  /** Former slugs, and the slugs that their stories have now. Changes of former slugs are noted like those of stories. */
  const renamed = new LRUCache<string, string>({ max: MAX_RENAMED });
  const reading = new Map<string, Promise<CatalogStory | null>>();
  let waiting = 0;

  const readChanges = createStoryChanges(pool, now);
  /** How many times the changes have been read, and when last, ms. */
  let checks = 0;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<void> | null = null;
  /** While Postgres does not answer, it is asked again after FRESH_MS, and not for every view. */
  let failedAt = Number.NEGATIVE_INFINITY;

  async function readAndMark() {
    const startedAt = now();
    const slugs = await readChanges();
    checks += 1;
    checkedAt = startedAt;
    for (const slug of slugs ?? stories.keys()) {
      const entry = stories.peek(slug);
      if (entry) entry.current = false;
    }
    // Another story may have taken a former slug.
    if (slugs) for (const slug of slugs) renamed.delete(slug);
    else renamed.clear();
  }

  function checkOnce() {
    checking ??= readAndMark().finally(() => {
      checking = null;
    });
    return checking;
  }

  async function read(slugs: string[]): Promise<(CatalogStory | null)[]> {
    const checksBefore = checks;
    const { rows } = await pool.query<Row>({
      name: "catalog-find",
      text: `SELECT a.asked, s.slug, s.id, s.status = 'PUBLISHED' AS published,
          array_append(ARRAY(SELECT e."userId" FROM "StoryEditor" e WHERE e."storyId" = s.id), s."authorId") AS staff,
          COALESCE((SELECT json_agg(json_build_object('number', c.number, 'id', c.id, 'published', c.status = 'PUBLISHED'))
            FROM "Chapter" c WHERE c."storyId" = s.id), '[]') AS chapters,
          (SELECT json_agg(json_build_object('from', f.number, 'to', c.number))
            FROM "FormerChapterNumber" f JOIN "Chapter" c ON c.id = f."chapterId"
            WHERE f."storyId" = s.id AND c."storyId" = s.id) AS moved
        FROM (SELECT "storyId" AS id, slug AS asked FROM "FormerSlug" WHERE slug = ANY($1::text[])
          UNION ALL SELECT id, slug FROM "Story" WHERE slug = ANY($1::text[])) a
        JOIN "Story" s ON s.id = a.id`,
      values: [slugs],
    });
    // A check that ended meanwhile may have reported a change that this statement did not see yet.
    const current = checks === checksBefore;
    const found = new Map(rows.map((row) => [row.asked, row]));
    return slugs.map((asked) => {
      const row = found.get(asked);
      if (!row || row.slug === asked) renamed.delete(asked);
      else {
        renamed.set(asked, row.slug);
        stories.delete(asked);
        misses.delete(asked);
      }
      return remember(row?.slug ?? asked, row ? storyOf(row) : null, current);
    });
  }

  function remember(slug: string, story: CatalogStory | null, current: boolean) {
    const at = now();
    if (story) {
      stories.set(slug, { story, at, current });
      misses.delete(slug);
    } else {
      stories.delete(slug);
      misses.set(slug, { at });
    }
    return story;
  }

  const readKnown = batched(read, LOOKUP_BATCH);
  const readUnknown = batched(read, LOOKUP_BATCH);

  /** Looks a slug up once at a time, however many callers wait for it. */
  function once(slug: string, lookUp: (slug: string) => Promise<CatalogStory | null>) {
    const running = reading.get(slug);
    if (running) return running;
    const started = lookUp(slug).finally(() => reading.delete(slug));
    reading.set(slug, started);
    return started;
  }

  async function findUnknown(slug: string) {
    if (waiting >= MAX_WAITING) throw new Error("too many unknown stories are being looked up");
    waiting += 1;
    return readUnknown(slug).finally(() => {
      waiting -= 1;
    });
  }

  /** The cached story with this slug, or that had it before. */
  function cached(slug: string): Entry | undefined {
    const entry = stories.get(slug);
    if (entry) return entry;
    const current = renamed.get(slug);
    return current === undefined ? undefined : stories.get(current);
  }

  function known(slug: string) {
    // Postgres does not allow NUL in text, so no slug contains it.
    if (slug.includes("\0")) return null;
    const entry = cached(slug);
    if (entry) return isFresh(entry) ? entry.story : undefined;
    // A slug that did not exist may exist now, and its first reader should be counted.
    const missed = misses.get(slug);
    return missed && now() - missed.at <= FRESH_MS ? null : undefined;
  }

  const isFresh = ({ current, at }: Entry) =>
    current && now() - checkedAt <= FRESH_MS && now() - at <= REREAD_MS;

  async function refresh(slug: string) {
    if (now() - checkedAt > FRESH_MS) await checkOnce();
    const answer = known(slug);
    return answer === undefined ? once(slug, readKnown) : answer;
  }

  return {
    known,
    async find(slug) {
      const answer = known(slug);
      if (answer !== undefined) return answer;
      const stale = cached(slug)?.story;
      if (!stale) return once(slug, findUnknown);
      if (now() - failedAt <= FRESH_MS) return stale;
      return withTimeout(waitMs, refresh(slug)).catch(() => {
        // The breaker's probe reports that Postgres does not answer; until it does, the last known answer serves.
        failedAt = now();
        return stale;
      });
    },
  };
}

function storyOf({ id, published, staff, chapters, moved }: Row): CatalogStory {
  const byNumber = new Map<number, CatalogChapter>();
  for (const chapter of chapters) byNumber.set(chapter.number, { kind: "chapter", storyId: id, ...chapter });
  for (const { from, to } of moved ?? []) {
    const chapter = byNumber.get(to);
    if (chapter && !byNumber.has(from)) byNumber.set(from, chapter);
  }
  return { kind: "story", id, storyId: id, published, staff, chapters: byNumber };
}
