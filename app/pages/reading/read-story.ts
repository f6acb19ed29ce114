import { findVisibleStory } from "./find-visible-story";
import { loadLiveCounts, type Reader, type ReadingSources } from "./sources";

export interface ChapterEntry {
  id: number;
  number: number;
  title: string;
  draft: boolean;
  /** ISO time. */
  publishedAt: string | null;
  reads: number;
}

export interface Story {
  slug: string;
  title: string;
  author: string;
  blurb: string;
  genre: string;
  draft: boolean;
  /** The reader is the author or a co-editor: drafts are visible. */
  isAuthor: boolean;
  reads: number;
  chapters: ChapterEntry[];
  /** Where the signed-in reader stopped, if that chapter can still be read. */
  stoppedAt: { number: number; title: string } | null;
}

/** A story as this reader may see it, or null: only its author and co-editors see a draft. */
export async function readStory(
  { db, readUnsynced }: ReadingSources,
  reader: Reader,
  slug: string | undefined,
): Promise<Story | null> {
  const visible = await findVisibleStory(db, reader, slug);
  if (!visible) return null;
  const { story, isAuthor } = visible;

  const [addUnsynced, place] = await Promise.all([
    loadLiveCounts(readUnsynced, [
      { kind: "story", id: story.id, storyId: story.id },
      ...visible.chapters.map(({ id }) => ({ kind: "chapter" as const, id, storyId: story.id })),
    ]),
    reader &&
      db.readingPlace.findUnique({
        where: { userId_storyId: { userId: reader.id, storyId: story.id } },
        select: { chapterNumber: true },
      }),
  ]);
  const chapters = visible.chapters.map((chapter) => ({
    id: chapter.id,
    number: chapter.number,
    title: chapter.title,
    draft: chapter.status !== "PUBLISHED",
    publishedAt: chapter.publishedAt?.toISOString() ?? null,
    reads: addUnsynced({ kind: "chapter", id: chapter.id }, chapter.readCount),
  }));
  return {
    slug: story.slug,
    title: story.title,
    author: story.author.name,
    blurb: story.blurb,
    genre: story.genre,
    draft: story.status !== "PUBLISHED",
    isAuthor,
    reads: addUnsynced({ kind: "story", id: story.id }, story.readCount),
    chapters,
    stoppedAt: chapters.find((chapter) => chapter.number === place?.chapterNumber) ?? null,
  };
}
