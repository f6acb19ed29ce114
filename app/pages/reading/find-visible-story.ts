import { withNumbers } from "~/platform/row-numbers";
import type { PrismaClient } from "../../../prisma/client/client";
import type { Reader } from "./sources";

/**
 * A story with the chapters that this reader may open, by number. Null for an unknown slug, and for a draft unless the
 * reader is its author or a co-editor.
 */
export async function findVisibleStory(db: PrismaClient, reader: Reader, slug: string | undefined) {
  // Postgres refuses NUL in text, so no story has such a slug.
  if (!slug || slug.includes("\0")) return null;
  const story = withNumbers(
    await db.story.findUnique({
      where: { slug },
      include: {
        author: { select: { name: true } },
        editors: { where: { userId: reader?.id ?? 0 }, select: { userId: true } },
        chapters: { orderBy: { number: "asc" }, omit: { body: true } },
      },
    }),
  );
  if (!story) return null;
  const isAuthor = reader !== null && (story.authorId === reader.id || story.editors.length > 0);
  if (story.status !== "PUBLISHED" && !isAuthor) return null;
  const chapters = story.chapters.filter((chapter) => isAuthor || chapter.status === "PUBLISHED");
  return { story, chapters, isAuthor };
}
