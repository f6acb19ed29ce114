import type { PrismaClient } from "../../../prisma/client/client";

/** Chapters per feed, the newest ones. */
const ENTRIES = 50;
/** Characters of a chapter's text that the database hands over for its excerpt. */
const EXCERPT_SOURCE = 1000;

/** A chapter, as a feed announces it. */
export interface FeedEntry {
  chapterId: number;
  storyId: number;
  slug: string;
  story: string;
  author: string;
  genre: string;
  number: number;
  title: string;
  /** The start of its text. */
  opening: string;
  publishedAt: Date;
}

/** The newest published chapters of all published stories, or of one, the newest first. */
export const readFeed = (db: PrismaClient, storyId: number | null = null) => db.$queryRaw<FeedEntry[]>`
  SELECT c.id AS "chapterId", s.id AS "storyId", s.slug, s.title AS story, u.name AS author, s.genre, c.number, c.title,
    left(c.body, ${EXCERPT_SOURCE}::int) AS opening, c."publishedAt"
  FROM "Chapter" c JOIN "Story" s ON s.id = c."storyId" JOIN "User" u ON u.id = s."authorId"
  WHERE s.status = 'PUBLISHED' AND c.status = 'PUBLISHED' AND c."publishedAt" IS NOT NULL
    AND (${storyId}::int IS NULL OR s.id = ${storyId}::int)
  ORDER BY c."publishedAt" DESC, c.id DESC LIMIT ${ENTRIES}`;

/** A published story that has a feed. `changedAt` is when it was published, as a feed without entries needs a time too. */
export const findFeedStory = (db: PrismaClient, slug: string) =>
  // Postgres refuses NUL in text, so no story has such a slug.
  slug.includes("\0")
    ? null
    : db.story.findFirst({
        where: { slug, status: "PUBLISHED" },
        select: { id: true, title: true, blurb: true, publishedAt: true, createdAt: true },
      });
