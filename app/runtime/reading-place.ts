import type { PrismaClient } from "../../prisma/client/client";

/** Remembers the chapter that a signed-in reader opened last. Rejects when Postgres does not answer. */
export async function saveReadingPlace(
  db: PrismaClient,
  userId: number,
  storyId: number,
  chapterNumber: number,
): Promise<void> {
  const place = { chapterNumber, at: new Date() };
  await db.readingPlace.upsert({
    where: { userId_storyId: { userId, storyId } },
    create: { userId, storyId, ...place },
    update: place,
  });
}
