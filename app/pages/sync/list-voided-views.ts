import type { PrismaClient } from "../../../prisma/client/client";

/** Views that operators took out of counts. */
export interface VoidedViews {
  id: number;
  at: Date;
  /** Null if the story was deleted. */
  title: string | null;
  slug: string | null;
  fromHour: Date;
  toHour: Date;
  storyViews: number;
  chapterViews: number;
  reason: string;
  undoneAt: Date | null;
}

const SHOWN = 20;

/** The latest voided views, newest first. */
export async function listVoidedViews(db: PrismaClient): Promise<VoidedViews[]> {
  const rows = await db.voidedViews.findMany({ orderBy: { id: "desc" }, take: SHOWN });
  const stories = await db.story.findMany({
    where: { id: { in: rows.map(({ storyId }) => storyId) } },
    select: { id: true, slug: true, title: true },
  });
  const known = new Map(stories.map((story) => [story.id, story]));
  return rows.map(({ storyId, storyViews, chapterViews, ...row }) => ({
    ...row,
    storyViews: Number(storyViews),
    chapterViews: Number(chapterViews),
    title: known.get(storyId)?.title ?? null,
    slug: known.get(storyId)?.slug ?? null,
  }));
}
