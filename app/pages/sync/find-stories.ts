import type { PrismaClient } from "../../../prisma/client/client";

/** A story that a person may mean. */
export interface FoundStory {
  slug: string;
  title: string;
}

const MOST = 10;

/**
 * The stories that a person may mean by a text: the one with this slug or this title, otherwise those with the text in their title, at
 * most ten of them.
 */
export async function findStories(db: Pick<PrismaClient, "story">, text: string): Promise<FoundStory[]> {
  if (text === "") return [];
  const select = { slug: true, title: true };
  const exact = await db.story.findUnique({ where: { slug: text }, select });
  if (exact) return [exact];
  const found = await db.story.findMany({
    where: { title: { contains: text.replace(/[\\%_]/g, "\\$&"), mode: "insensitive" } },
    select,
    orderBy: { title: "asc" },
    take: MOST,
  });
  const same = found.filter(({ title }) => title.toLowerCase() === text.toLowerCase());
  return same.length === 1 ? same : found;
}
