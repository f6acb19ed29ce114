import { findVisibleStory } from "./find-visible-story";
import { loadLiveCounts, type Reader, type ReadingSources } from "./sources";

/** A chapter before or after the one on the page. */
export interface Neighbour {
  number: number;
  title: string;
}

export interface Chapter {
  story: { slug: string; title: string; author: string };
  number: number;
  title: string;
  body: string;
  draft: boolean;
  /** ISO time. */
  publishedAt: string | null;
  reads: number;
  /** The highest chapter number that this reader may open. */
  of: number;
  previous: Neighbour | null;
  next: Neighbour | null;
}

/** One chapter with its neighbours as this reader may see it, or null. */
export async function readChapter(
  { db, readUnsynced }: ReadingSources,
  reader: Reader,
  slug: string | undefined,
  number: string | undefined,
): Promise<Chapter | null> {
  if (!number || !/^[1-9]\d{0,8}$/.test(number)) return null;
  const visible = await findVisibleStory(db, reader, slug);
  if (!visible) return null;
  const { story, chapters } = visible;
  const index = chapters.findIndex((chapter) => chapter.number === Number(number));
  const chapter = chapters[index];
  if (!chapter) return null;

  const target = { kind: "chapter" as const, id: chapter.id, storyId: story.id };
  const [text, addUnsynced] = await Promise.all([
    db.chapter.findUnique({ where: { id: chapter.id }, select: { body: true } }),
    loadLiveCounts(readUnsynced, [target]),
  ]);
  if (!text) return null;
  return {
    story: { slug: story.slug, title: story.title, author: story.author.name },
    number: chapter.number,
    title: chapter.title,
    body: text.body,
    draft: chapter.status !== "PUBLISHED" || story.status !== "PUBLISHED",
    publishedAt: chapter.publishedAt?.toISOString() ?? null,
    reads: addUnsynced(target, chapter.readCount),
    of: chapters.at(-1)?.number ?? chapter.number,
    previous: neighbourOf(chapters[index - 1]),
    next: neighbourOf(chapters[index + 1]),
  };
}

const neighbourOf = (chapter: Neighbour | undefined): Neighbour | null =>
  chapter ? { number: chapter.number, title: chapter.title } : null;
