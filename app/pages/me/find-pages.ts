import { chapterPath, composeSlug, storyPath } from "~/shared/story-paths";
import type { PlacedTarget } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

/** A published page of which /me says whether it was counted. */
export interface ReadPage {
  title: string;
  story: string;
  path: string;
  target: PlacedTarget;
  /** The story's author and editors. */
  staff: number[];
}

/** Stories of a signed-in reader that are looked up. */
const MOST_STORIES = 5;
const PAGE = /^\/story\/([^/]{1,900})(?:\/chapter\/([1-9]\d{0,5}))?$/;

const STORY = { id: true, slug: true, title: true, authorId: true, editors: { select: { userId: true } } };

interface StoryRow {
  id: number;
  slug: string;
  title: string;
  authorId: number;
  editors: { userId: number }[];
}

/**
 * The pages to look up: the one in the address (`/story/…`, from where the reader came), and the chapters at which a signed-in reader stopped.
 * No store has a list of what a signed-out reader read, so there is nothing else to look up for them.
 */
export async function findPages(
  db: PrismaClient,
  cameFrom: string | null,
  userId: number | null,
): Promise<ReadPage[]> {
  const pages = [...(await pageAt(db, cameFrom)), ...(userId === null ? [] : await placesOf(db, userId))];
  return [...new Map(pages.map((page) => [page.path, page])).values()];
}

async function pageAt(db: PrismaClient, path: string | null): Promise<ReadPage[]> {
  const [, encoded, number] = PAGE.exec(path ?? "") ?? [];
  const slug = encoded && decode(encoded);
  if (!slug || slug.includes("\0")) return [];
  const story = await db.story.findFirst({
    where: { slug: composeSlug(slug), status: "PUBLISHED" },
    select: STORY,
  });
  if (!story) return [];
  if (number === undefined)
    return [
      {
        ...common(story),
        title: story.title,
        path: storyPath(story.slug),
        target: { kind: "story", id: story.id, storyId: story.id },
      },
    ];
  return chaptersOf(db, story, Number(number));
}

async function placesOf(db: PrismaClient, userId: number): Promise<ReadPage[]> {
  const places = await db.readingPlace.findMany({
    where: { userId, story: { status: "PUBLISHED" } },
    orderBy: { at: "desc" },
    take: MOST_STORIES,
    select: { chapterNumber: true, story: { select: STORY } },
  });
  return (await Promise.all(places.map((place) => chaptersOf(db, place.story, place.chapterNumber)))).flat();
}

async function chaptersOf(db: PrismaClient, story: StoryRow, number: number): Promise<ReadPage[]> {
  const chapter = await db.chapter.findFirst({
    where: { storyId: story.id, number, status: "PUBLISHED" },
    select: { id: true, title: true },
  });
  if (!chapter) return [];
  return [
    {
      ...common(story),
      title: chapter.title,
      path: chapterPath(story.slug, number),
      target: { kind: "chapter", id: chapter.id, storyId: story.id },
    },
  ];
}

const common = ({ title, authorId, editors }: StoryRow) => ({
  story: title,
  staff: [authorId, ...editors.map(({ userId }) => userId)],
});

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
