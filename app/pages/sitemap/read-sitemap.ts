import { chapterPath, storyPath } from "~/shared/story-paths";
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
  changedAt: Date | null;
}

/** How many files the sitemap needs; at least one, for the home page. */
export async function countSitemapFiles(db: PrismaClient, perFile = ADDRESSES_PER_FILE): Promise<number> {
  const published = { status: "PUBLISHED" } as const;
  const [stories, chapters] = await Promise.all([
    db.story.count({ where: published }),
    db.chapter.count({ where: { ...published, story: published } }),
  ]);
  return Math.ceil((1 + stories + chapters) / perFile);
}

/**
 * The public pages of one file, the first file being 1: the home page, then each published story followed by its published
 * chapters. Stories keep their order when others are added, so that no page falls between two files.
 */
export async function readSitemapFile(
  db: PrismaClient,
  file: number,
  perFile = ADDRESSES_PER_FILE,
): Promise<SitemapEntry[]> {
  const offset = (file - 1) * perFile;
  const rows = await db.$queryRaw<PublicPageRow[]>`
    WITH "page" AS (
      SELECT s.id, s.slug, c.number, c."publishedAt" AS "changedAt"
      FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
      WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED'
      UNION ALL
      SELECT s.id, s.slug, NULL, greatest(s."publishedAt", max(c."publishedAt"))
      FROM "Story" s LEFT JOIN "Chapter" c ON c."storyId" = s.id AND c.status = 'PUBLISHED'
      WHERE s.status = 'PUBLISHED'
      GROUP BY s.id
      UNION ALL
      SELECT 0, '', NULL, max(c."publishedAt")
      FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId"
      WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED'
    )
    SELECT slug, number, "changedAt" FROM "page"
    ORDER BY id, number NULLS FIRST
    LIMIT ${perFile} OFFSET ${offset}`;
  return rows.map(({ slug, number, changedAt }) => ({ path: pathOf(slug, number), changedAt }));
}

function pathOf(slug: string, number: number | null) {
  if (slug === "") return "/";
  return number === null ? storyPath(slug) : chapterPath(slug, number);
}
