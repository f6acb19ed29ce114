import type { Reader, ReadingSources } from "./sources";

/** Stories shown under "Continue reading". */
const MAX_PLACES = 3;

/** Where a reader stopped in a story. */
export interface ReadingPlace {
  slug: string;
  title: string;
  chapter: number;
  /** The highest published chapter number. */
  of: number;
}

/** The stories that a signed-in reader has started, the last read first; none for signed-out readers. */
export async function readReadingPlaces(
  { db }: Pick<ReadingSources, "db">,
  reader: Reader,
): Promise<ReadingPlace[]> {
  if (!reader) return [];
  const places = await db.readingPlace.findMany({
    where: { userId: reader.id, story: { status: "PUBLISHED" } },
    orderBy: { at: "desc" },
    take: MAX_PLACES,
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
