import { withNumbers } from "~/platform/row-numbers";
import { searchQuery } from "~/shared/search-query";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";

/** Stories per page. */
const PAGE_SIZE = 25;

export interface FoundStory {
  slug: string;
  title: string;
  author: string;
  published: boolean;
  readCount: number;
  chapters: number;
}

/**
 * Stories whose title or slug has words that start with those of the search, the one with exactly that slug first; without a search,
 * all of them. Newest first, one page at a time, from 1.
 */
export async function findStories(
  db: PrismaClient,
  text: string,
  page: number,
): Promise<{ stories: FoundStory[]; more: boolean }> {
  const words = searchQuery(text);
  const exact = Prisma.sql`s."slug" = ${text.trim()} DESC,`;
  const matching = Prisma.sql`
    WHERE to_tsvector('simple', s."title" || ' ' || replace(s."slug", '-', ' ')) @@ to_tsquery('simple', ${words})`;
  const rows = await db.$queryRaw<FoundStory[]>`
    SELECT s.slug, s.title, u.name AS author, s.status = 'PUBLISHED' AS published, s."readCount",
      (SELECT count(*)::int FROM "Chapter" c WHERE c."storyId" = s.id) AS chapters
    FROM (
      SELECT s.* FROM "Story" s ${words ? matching : Prisma.empty}
      ORDER BY ${words ? exact : Prisma.empty} s."id" DESC
      LIMIT ${PAGE_SIZE + 1} OFFSET ${(page - 1) * PAGE_SIZE}
    ) s JOIN "User" u ON u.id = s."authorId"
    ORDER BY ${words ? exact : Prisma.empty} s.id DESC`;
  return { stories: withNumbers(rows.slice(0, PAGE_SIZE)), more: rows.length > PAGE_SIZE };
}
