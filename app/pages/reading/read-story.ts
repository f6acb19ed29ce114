import { IS_AUTHOR, loadLiveCounts, type Reader, type ReadingSources, readerId } from "./sources";

export interface ChapterEntry {
  id: number;
  number: number;
  title: string;
  draft: boolean;
  words: number;
  /** ISO time. */
  publishedAt: string | null;
}

export interface Story {
  id: number;
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  draft: boolean;
  /** The reader is the author or a co-editor: drafts are visible. */
  isAuthor: boolean;
  chapters: ChapterEntry[];
  /** Where the signed-in reader stopped, if that chapter can still be read. */
  stoppedAt: { number: number; title: string } | null;
}

/** How often the story, and each of its chapters by number, was read. */
export interface StoryReads {
  story: number;
  [chapter: number]: number;
}

interface Row {
  id: number;
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  published: boolean;
  readCount: number;
  isAuthor: boolean;
  stoppedAt: number | null;
  chapters: (Omit<ChapterEntry, "publishedAt"> & { publishedAt: string | null; readCount: number })[];
}

/** The chapters that the reader may open, by number, as JSON: `bigint` counts are exact there up to 2^53, as everywhere. */
const STATEMENT = `
  SELECT s.id, s.slug, s.title, u.name AS author, s.blurb, s.genre, s."readCount", may.published, may."isAuthor",
    (SELECT p."chapterNumber" FROM "ReadingPlace" p WHERE p."storyId" = s.id AND p."userId" = $2) AS "stoppedAt",
    (SELECT coalesce(json_agg(json_build_object('id', c.id, 'number', c.number, 'title', c.title,
        'words', c.words, 'draft', c.status <> 'PUBLISHED', 'publishedAt', c."publishedAt", 'readCount', c."readCount") ORDER BY c.number), '[]')
      FROM "Chapter" c WHERE c."storyId" = s.id AND (may."isAuthor" OR c.status = 'PUBLISHED')) AS chapters
  FROM "Story" s
  JOIN "User" u ON u.id = s."authorId"
  CROSS JOIN LATERAL (SELECT s.status = 'PUBLISHED' AS published, ${IS_AUTHOR} AS "isAuthor") may
  WHERE s.slug = $1 AND (may.published OR may."isAuthor")`;

/**
 * A story as this reader may see it, and how often it was read; null when there is none: only its author and co-editors see a
 * draft.
 */
export async function readStory(
  { pools, readUnsynced }: Pick<ReadingSources, "pools" | "readUnsynced">,
  reader: Reader,
  slug: string | undefined,
): Promise<{ story: Story; reads: StoryReads } | null> {
  // Postgres refuses NUL in text, so no story has such a slug.
  if (!slug || slug.includes("\0")) return null;
  const { rows } = await pools.pages.query<Row>({
    name: "read-story",
    text: STATEMENT,
    values: [slug, readerId(reader)],
  });
  const [row] = rows;
  if (!row) return null;
  const storyId = row.id;
  const addUnsynced = await loadLiveCounts(readUnsynced, [
    { kind: "story", id: storyId, storyId },
    ...row.chapters.map(({ id }) => ({ kind: "chapter" as const, id, storyId })),
  ]);
  const reads: StoryReads = { story: addUnsynced({ kind: "story", id: storyId }, row.readCount) };
  const chapters = row.chapters.map(({ readCount, publishedAt, ...chapter }) => {
    reads[chapter.number] = addUnsynced({ kind: "chapter", id: chapter.id }, readCount);
    return { ...chapter, publishedAt: publishedAt && new Date(publishedAt).toISOString() };
  });
  return {
    reads,
    story: {
      id: storyId,
      slug: row.slug,
      title: row.title,
      author: row.author,
      blurb: row.blurb,
      genre: row.genre,
      draft: !row.published,
      isAuthor: row.isAuthor,
      chapters,
      stoppedAt: chapters.find((chapter) => chapter.number === row.stoppedAt) ?? null,
    },
  };
}
