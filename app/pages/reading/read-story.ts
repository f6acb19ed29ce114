import type { AppLoadContext } from "@remix-run/node";
import type { SessionUser } from "~/auth/sessions";
import { type PlacedTarget, targetKey } from "~/tracker/view";

const SHELF_PAGE = 24;

export interface CatalogueEntry {
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  chapters: number;
  /** `readCount` plus what waits in Redis. */
  reads: number;
  /** The newest published chapter, if the story has chapters. */
  latest: { number: number; title: string; at: string } | null;
}

export interface Place {
  slug: string;
  title: string;
  chapter: number;
  /** The highest published chapter number. */
  of: number;
}

export interface ChapterEntry {
  id: number;
  number: number;
  title: string;
  draft: boolean;
  publishedAt: string | null;
  reads: number;
}

export interface StoryPage {
  id: number;
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  draft: boolean;
  /** The reader is its author or edits it with her: drafts are visible. */
  isAuthor: boolean;
  reads: number;
  chapters: ChapterEntry[];
  /** Where the signed-in reader stopped, if that chapter can still be read. */
  stoppedAt: { number: number; title: string } | null;
}

export interface ChapterPage {
  story: { slug: string; title: string; author: string };
  number: number;
  title: string;
  body: string;
  draft: boolean;
  own: boolean;
  publishedAt: string | null;
  reads: number;
  /** The highest chapter number that this reader may open. */
  of: number;
  previous: { number: number; title: string } | null;
  next: { number: number; title: string } | null;
}

type Reader = Pick<SessionUser, "id"> | null;
type Sources = Pick<AppLoadContext["runtime"], "db" | "readUnsynced">;

/** The origin that canonical addresses begin with: what the site is called, or else how it was asked for. */
export function siteOrigin(context: AppLoadContext, request: Request): string {
  return new URL(context.runtime.env.PUBLIC_URL ?? request.url).origin;
}

/** The published stories, the one with the newest chapter first. `page` begins at 1. */
export async function readCatalogue(
  { db, readUnsynced }: Sources,
  page: number,
): Promise<{ stories: CatalogueEntry[]; more: boolean }> {
  // Prisma cannot order stories by their newest chapter, so this one is SQL.
  const rows = await db.$queryRaw<
    {
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
    }[]
  >`
    SELECT s.id, s.slug, s.title, s.blurb, s.genre, s."readCount", u.name AS author,
           c.chapters, c.number, c.title AS "chapterTitle", c."publishedAt" AS at
    FROM "Story" s
    JOIN "User" u ON u.id = s."authorId"
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS chapters,
             (array_agg(number ORDER BY number DESC))[1] AS number,
             (array_agg(title ORDER BY number DESC))[1] AS title,
             (array_agg("publishedAt" ORDER BY number DESC))[1] AS "publishedAt"
      FROM "Chapter" WHERE "storyId" = s.id AND status = 'PUBLISHED'
    ) c
    WHERE s.status = 'PUBLISHED'
    ORDER BY coalesce(c."publishedAt", s."publishedAt", s."createdAt") DESC, s.id DESC
    LIMIT ${SHELF_PAGE + 1} OFFSET ${(page - 1) * SHELF_PAGE}`;
  const shown = rows.slice(0, SHELF_PAGE);
  const live = await liveCounts(
    readUnsynced,
    shown.map((story) => ({ kind: "story", id: story.id, storyId: story.id })),
  );
  return {
    more: rows.length > SHELF_PAGE,
    stories: shown.map((row) => ({
      slug: row.slug,
      title: row.title,
      author: row.author,
      blurb: row.blurb,
      genre: row.genre,
      chapters: row.chapters,
      reads: live({ kind: "story", id: row.id }, row.readCount),
      latest:
        row.number !== null && row.at
          ? { number: row.number, title: row.chapterTitle ?? "", at: row.at.toISOString() }
          : null,
    })),
  };
}

/** The stories that a signed-in reader has begun, the last read first. */
export async function readPlaces({ db }: Sources, reader: Reader): Promise<Place[]> {
  if (!reader) return [];
  const places = await db.readingPlace.findMany({
    where: { userId: reader.id, story: { status: "PUBLISHED" } },
    orderBy: { at: "desc" },
    take: 3,
    select: {
      chapterNumber: true,
      story: {
        select: {
          slug: true,
          title: true,
          chapters: {
            where: { status: "PUBLISHED" },
            orderBy: { number: "desc" },
            take: 1,
            select: { number: true },
          },
        },
      },
    },
  });
  return places.map(({ chapterNumber, story }) => ({
    slug: story.slug,
    title: story.title,
    chapter: chapterNumber,
    of: Math.max(chapterNumber, story.chapters[0]?.number ?? 0),
  }));
}

/** A story as this reader may see it, or null: drafts exist for their author and co-editors alone. */
export async function readStory(
  { db, readUnsynced }: Sources,
  reader: Reader,
  slug: string | undefined,
): Promise<StoryPage | null> {
  if (!isText(slug)) return null;
  const story = await db.story.findUnique({
    where: { slug },
    include: {
      author: { select: { name: true } },
      editors: { where: { userId: reader?.id ?? 0 }, select: { userId: true } },
      places: { where: { userId: reader?.id ?? 0 }, select: { chapterNumber: true } },
      chapters: { orderBy: { number: "asc" }, omit: { body: true } },
    },
  });
  if (!story) return null;
  const own = isOwn(story, reader);
  if (story.status !== "PUBLISHED" && !own) return null;

  const visible = story.chapters.filter((chapter) => own || chapter.status === "PUBLISHED");
  const live = await liveCounts(readUnsynced, [
    { kind: "story", id: story.id, storyId: story.id },
    ...visible.map((chapter) => ({ kind: "chapter" as const, id: chapter.id, storyId: story.id })),
  ]);
  const chapters = visible.map((chapter) => ({
    id: chapter.id,
    number: chapter.number,
    title: chapter.title,
    draft: chapter.status !== "PUBLISHED",
    publishedAt: chapter.publishedAt?.toISOString() ?? null,
    reads: live({ kind: "chapter", id: chapter.id }, chapter.readCount),
  }));
  return {
    id: story.id,
    slug: story.slug,
    title: story.title,
    author: story.author.name,
    blurb: story.blurb,
    genre: story.genre,
    draft: story.status !== "PUBLISHED",
    isAuthor: own,
    reads: live({ kind: "story", id: story.id }, story.readCount),
    chapters,
    stoppedAt: chapters.find((chapter) => chapter.number === story.places[0]?.chapterNumber) ?? null,
  };
}

/** One chapter as this reader may see it, with its neighbours, or null. */
export async function readChapter(
  { db, readUnsynced }: Sources,
  reader: Reader,
  slug: string | undefined,
  number: string | undefined,
): Promise<ChapterPage | null> {
  if (!isText(slug) || !number || !/^[1-9]\d{0,8}$/.test(number)) return null;
  const story = await db.story.findUnique({
    where: { slug },
    include: {
      author: { select: { name: true } },
      editors: { where: { userId: reader?.id ?? 0 }, select: { userId: true } },
      chapters: { orderBy: { number: "asc" }, select: { number: true, title: true, status: true } },
    },
  });
  if (!story) return null;
  const own = isOwn(story, reader);
  if (story.status !== "PUBLISHED" && !own) return null;

  const visible = story.chapters.filter((chapter) => own || chapter.status === "PUBLISHED");
  const index = visible.findIndex((chapter) => chapter.number === Number(number));
  if (index === -1) return null;
  const chapter = await db.chapter.findUnique({
    where: { storyId_number: { storyId: story.id, number: Number(number) } },
  });
  if (!chapter) return null;

  const target = { kind: "chapter" as const, id: chapter.id, storyId: story.id };
  const live = await liveCounts(readUnsynced, [target]);
  const neighbour = (at: number) => {
    const found = visible[at];
    return found ? { number: found.number, title: found.title } : null;
  };
  return {
    story: { slug: story.slug, title: story.title, author: story.author.name },
    number: chapter.number,
    title: chapter.title,
    body: chapter.body,
    draft: chapter.status !== "PUBLISHED" || story.status !== "PUBLISHED",
    own,
    publishedAt: chapter.publishedAt?.toISOString() ?? null,
    reads: live(target, chapter.readCount),
    of: visible.at(-1)?.number ?? chapter.number,
    previous: neighbour(index - 1),
    next: neighbour(index + 1),
  };
}

/** Adds what waits in Redis to a `readCount`. With Redis away a page shows `readCount` alone: a count delays nobody. */
async function liveCounts(readUnsynced: Sources["readUnsynced"], targets: PlacedTarget[]) {
  const pending = targets.length > 0 ? await readUnsynced(targets) : null;
  return (target: Pick<PlacedTarget, "kind" | "id">, readCount: number) =>
    readCount + (pending?.get(targetKey(target)) ?? 0);
}

const isOwn = (story: { authorId: number; editors: unknown[] }, reader: Reader) =>
  reader !== null && (story.authorId === reader.id || story.editors.length > 0);

/** Postgres refuses NUL in text: such a slug names nothing. */
const isText = (slug: string | undefined): slug is string =>
  slug !== undefined && slug !== "" && !slug.includes("\0");
