import { withNumbers } from "~/platform/row-numbers";
import type { PrismaClient } from "../../../prisma/client/client";

/** The stories whose analytics a person may see: those that they wrote or edit. */
export const storiesOf = (userId: number) => ({
  OR: [{ authorId: userId }, { editors: { some: { userId } } }],
});

export type EditorStory = NonNullable<Awaited<ReturnType<typeof findEditorStory>>>;

/** One of an editor's stories with its chapters in order; null for an unknown slug and for other people's stories. */
export const findEditorStory = async (db: PrismaClient, userId: number, slug: string) =>
  withNumbers(
    await db.story.findFirst({
      where: { slug, ...storiesOf(userId) },
      select: {
        id: true,
        slug: true,
        title: true,
        status: true,
        readCount: true,
        createdAt: true,
        publishedAt: true,
        chapters: {
          orderBy: { number: "asc" },
          select: { id: true, number: true, title: true, status: true, readCount: true, publishedAt: true },
        },
      },
    }),
  );
