import type { PrismaClient } from "../../../prisma/client/client";

/** Stories whose numbers a person may see: those she wrote, and those she edits. */
export const mine = (userId: number) => ({
  OR: [{ authorId: userId }, { editors: { some: { userId } } }],
});

export type EditorStory = NonNullable<Awaited<ReturnType<typeof findEditorStory>>>;

/** A story of this editor with its chapters in order; null when there is none, or it is somebody else's. */
export const findEditorStory = (db: PrismaClient, userId: number, slug: string) =>
  db.story.findFirst({
    where: { slug, ...mine(userId) },
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
        select: { id: true, number: true, title: true, status: true, readCount: true },
      },
    },
  });
