import { IS_AUTHOR, loadLiveCounts, type Reader, type ReadingSources, readerId } from "./sources";

/** A chapter before or after the one on the page. */
export interface Neighbour {
  number: number;
  title: string;
}

export interface Chapter {
  id: number;
  story: { slug: string; title: string; author: string };
  number: number;
  title: string;
  body: string;
  words: number;
  draft: boolean;
  /** ISO time. */
  publishedAt: string | null;
  /** The highest chapter number that this reader may open. */
  of: number;
  previous: Neighbour | null;
  next: Neighbour | null;
}

/** How often the chapter was read. */
export interface ChapterReads {
  chapter: number;
}

interface Row extends Omit<Chapter, "story" | "publishedAt"> {
  storyId: number;
  slug: string;
  storyTitle: string;
  author: string;
  readCount: number;
  publishedAt: Date | null;
}

/** SQL: the chapter beside `c` that the reader may open, as JSON; its number is `than` that of `c`. */
const neighbour = (than: "<" | ">") => `
  (SELECT json_build_object('number', n.number, 'title', n.title) FROM "Chapter" n
    WHERE n."storyId" = s.id AND n.number ${than} c.number AND (may."isAuthor" OR n.status = 'PUBLISHED')
    ORDER BY n.number ${than === "<" ? "DESC" : "ASC"} LIMIT 1)`;

const STATEMENT = `
  SELECT s.id AS "storyId", s.slug, s.title AS "storyTitle", u.name AS author,
    c.id, c.number, c.title, c.body, c.words, c."publishedAt", c."readCount", NOT (may.published AND c.status = 'PUBLISHED') AS draft,
    ${neighbour("<")} AS previous, ${neighbour(">")} AS next,
    (SELECT l.number FROM "Chapter" l WHERE l."storyId" = s.id AND (may."isAuthor" OR l.status = 'PUBLISHED')
      ORDER BY l.number DESC LIMIT 1) AS "of"
  FROM "Story" s
  JOIN "User" u ON u.id = s."authorId"
  CROSS JOIN LATERAL (SELECT s.status = 'PUBLISHED' AS published, ${IS_AUTHOR} AS "isAuthor") may
  JOIN "Chapter" c ON c."storyId" = s.id AND c.number = $3 AND (may."isAuthor" OR c.status = 'PUBLISHED')
  WHERE s.slug = $1 AND (may.published OR may."isAuthor")`;

/** One chapter with its neighbours as this reader may see it, and how often it was read; or null. */
export async function readChapter(
  { pools, readUnsynced }: Pick<ReadingSources, "pools" | "readUnsynced">,
  reader: Reader,
  slug: string | undefined,
  number: string | undefined,
): Promise<{ chapter: Chapter; reads: ChapterReads } | null> {
  if (!number || !/^[1-9]\d{0,8}$/.test(number)) return null;
  // Postgres refuses NUL in text, so no story has such a slug.
  if (!slug || slug.includes("\0")) return null;
  const { rows } = await pools.pages.query<Row>({
    name: "read-chapter",
    text: STATEMENT,
    values: [slug, readerId(reader), Number(number)],
  });
  const [row] = rows;
  if (!row) return null;
  const target = { kind: "chapter" as const, id: row.id, storyId: row.storyId };
  const addUnsynced = await loadLiveCounts(readUnsynced, [target]);
  return {
    reads: { chapter: addUnsynced(target, row.readCount) },
    chapter: {
      story: { slug: row.slug, title: row.storyTitle, author: row.author },
      id: row.id,
      number: row.number,
      title: row.title,
      body: row.body,
      words: row.words,
      draft: row.draft,
      publishedAt: row.publishedAt?.toISOString() ?? null,
      of: row.of,
      previous: row.previous,
      next: row.next,
    },
  };
}
