import { searchQuery } from "~/shared/search-query";
import { Prisma } from "../../../prisma/client/client";
import { loadLiveCounts, type ReadingSources } from "./sources";

/** Stories per page of the catalogue. */
const PAGE_SIZE = 24;

export interface CatalogueEntry {
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  /** The number of published chapters. */
  chapters: number;
  /** `readCount` plus the unsynced views. */
  reads: number;
  /** The newest published chapter, if there is one; `at` is an ISO time. */
  latest: { number: number; title: string; at: string } | null;
}

interface StoryRow {
  id: number;
  slug: string;
  title: string;
  blurb: string;
  genre: string;
  readCount: number;
  author: string;
  chapters: number;
  number: number | null;
  chapterTitle: string | null;
  at: Date | null;
}

/** The page number in an address; 1 for anything that is not one. */
export const parseCataloguePage = (text: string | null) =>
  text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;

/** The stories of one genre, or those with all words of a search, the best match first; without either, all of them. */
export interface CatalogueFilter {
  genre?: string;
  search?: string;
}

/** The published stories, the one with the newest chapter first. The first page is 1. */
export async function readCatalogue(
  { db, readUnsynced }: ReadingSources,
  page: number,
  { genre, search }: CatalogueFilter = {},
): Promise<{ stories: CatalogueEntry[]; more: boolean }> {
  const words = search === undefined ? null : searchQuery(search);
  if (search !== undefined && words === null) return { stories: [], more: false };
  const ofGenre = genre === undefined ? Prisma.empty : Prisma.sql`AND s.genre = ${genre}`;
  // Only the page that is shown is joined with its chapters: a search may match every story.
  const from = words
    ? Prisma.sql`(SELECT s.*, ts_rank(w.words, q) AS rank FROM "StorySearch" w JOIN "Story" s ON s.id = w."storyId",
        to_tsquery('simple', ${words}) q WHERE w.words @@ q AND s.status = 'PUBLISHED'
        ORDER BY rank DESC, s.id DESC LIMIT ${PAGE_SIZE + 1} OFFSET ${(page - 1) * PAGE_SIZE})`
    : Prisma.sql`"Story"`;
  const order = words
    ? Prisma.sql`s.rank DESC, s.id DESC`
    : Prisma.sql`coalesce(c."publishedAt", s."publishedAt", s."createdAt") DESC, s.id DESC
        LIMIT ${PAGE_SIZE + 1} OFFSET ${(page - 1) * PAGE_SIZE}`;
  // Prisma cannot order stories by their newest chapter, hence SQL.
  const rows = await db.$queryRaw<StoryRow[]>`
    SELECT s.id, s.slug, s.title, s.blurb, s.genre, s."readCount"::float8 AS "readCount", u.name AS author,
           c.chapters, c.number, c.title AS "chapterTitle", c."publishedAt" AS at
    FROM ${from} s
    JOIN "User" u ON u.id = s."authorId"
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS chapters,
             (array_agg(number ORDER BY number DESC))[1] AS number,
             (array_agg(title ORDER BY number DESC))[1] AS title,
             (array_agg("publishedAt" ORDER BY number DESC))[1] AS "publishedAt"
      FROM "Chapter" WHERE "storyId" = s.id AND status = 'PUBLISHED'
    ) c
    WHERE s.status = 'PUBLISHED' ${ofGenre}
    ORDER BY ${order}`;
  const shown = rows.slice(0, PAGE_SIZE);
  const addUnsynced = await loadLiveCounts(
    readUnsynced,
    shown.map(({ id }) => ({ kind: "story", id, storyId: id })),
  );
  return {
    more: rows.length > PAGE_SIZE,
    stories: shown.map((row) => ({
      slug: row.slug,
      title: row.title,
      author: row.author,
      blurb: row.blurb,
      genre: row.genre,
      chapters: row.chapters,
      reads: addUnsynced({ kind: "story", id: row.id }, row.readCount),
      latest:
        row.number !== null && row.at
          ? { number: row.number, title: row.chapterTitle ?? "", at: row.at.toISOString() }
          : null,
    })),
  };
}

/** Genres that the catalogue links to, at most. */
const MOST_GENRES = 12;

/** The genres of the published stories, the one with the most stories first. */
export async function readGenres({ db }: Pick<ReadingSources, "db">, most = MOST_GENRES): Promise<string[]> {
  const rows = await db.story.groupBy({
    by: ["genre"],
    where: { status: "PUBLISHED", genre: { not: "" } },
    _count: true,
    orderBy: [{ _count: { genre: "desc" } }, { genre: "asc" }],
    take: most,
  });
  return rows.map(({ genre }) => genre);
}
