import { chapterPath, genrePath, storyPath } from "~/shared/story-paths";
import type { PrismaClient } from "../../../prisma/client/client";

/** The protocol allows 50,000 addresses per file; these are small enough to build in memory for every request. */
const ADDRESSES_PER_FILE = 10_000;

/** One public page. */
export interface SitemapEntry {
  path: string;
  /** When the page last got something new to read; null if unknown. */
  changedAt: Date | null;
}

interface PublicPageRow {
  slug: string;
  /** A chapter's number; null for the story itself. */
  number: number | null;
  /** For the page of a genre. */
  genre: string | null;
  changedAt: Date | null;
}

/** How many files the sitemap needs; at least one, for the home page. */
export async function countSitemapFiles(db: PrismaClient, perFile = ADDRESSES_PER_FILE): Promise<number> {
  const published = { status: "PUBLISHED" } as const;
  const [stories, chapters, genres] = await Promise.all([
    db.story.count({ where: published }),
    db.chapter.count({ where: { ...published, story: published } }),
    db.story.groupBy({ by: ["genre"], where: { ...published, genre: { not: "" } } }),
  ]);
  return Math.ceil((1 + stories + chapters + genres.length) / perFile);
}

/**
 * The public pages of one file, the first file being 1: the home page, then each published story followed by its published
 * chapters, then the genres. Stories keep their order when others are added, so that no page falls between two files.
 */
export async function readSitemapFile(
  db: PrismaClient,
  file: number,
  perFile = ADDRESSES_PER_FILE,
): Promise<SitemapEntry[]> {
  const offset = (file - 1) * perFile;
  const rows = await db.$queryRaw<PublicPageRow[]>`
    WITH "page" AS (
      SELECT s.id, s.slug, c.number, NULL AS genre, c."publishedAt" AS "changedAt"
      FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
      WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED'
      UNION ALL
      SELECT s.id, s.slug, NULL, NULL, greatest(s."publishedAt", max(c."publishedAt"))
      FROM "Story" s LEFT JOIN "Chapter" c ON c."storyId" = s.id AND c.status = 'PUBLISHED'
      WHERE s.status = 'PUBLISHED'
      GROUP BY s.id
      UNION ALL
      SELECT 0, '', NULL, NULL, max(c."publishedAt")
      FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
      WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED'
      UNION ALL
      SELECT 2147483647, '', NULL, s.genre, max(s."publishedAt")
      FROM "Story" s WHERE s.status = 'PUBLISHED' AND s.genre <> '' GROUP BY s.genre
    )
    SELECT slug, number, genre, "changedAt" FROM "page"
    ORDER BY id, genre, number NULLS FIRST
    LIMIT ${perFile} OFFSET ${offset}`;
  return rows.map(({ slug, number, genre, changedAt }) => ({
    path: genre === null ? pathOf(slug, number) : genrePath(genre),
    changedAt,
  }));
}

function pathOf(slug: string, number: number | null) {
  if (slug === "") return "/";
  return number === null ? storyPath(slug) : chapterPath(slug, number);
}
