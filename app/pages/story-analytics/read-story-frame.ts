import type { EditorStory } from "./find-editor-story";
import { type Freshness, readFreshness, type StorySources } from "./read-freshness";

/** All that stands above every page of a story's analytics. */
export interface StoryFrame {
  now: Date;
  story: { slug: string; title: string; published: boolean };
  /** In `readCount`. */
  counted: number;
  /** In Redis and not yet in `readCount`, or when last known; null if that is unknown. */
  unsynced: number | null;
  /** Every view up to this time is in `counted`; null before the first sync. */
  asOf: Date | null;
  /** All as in `Freshness`. */
  redisReachable: boolean;
  rememberedAt: Date | null;
  pause: Freshness["pause"];
  /** Views that an operator has taken out of all of the story's numbers, latest first. */
  voided: { id: number; fromHour: Date; toHour: Date; views: number; reason: string }[];
}

/** The story's total, how fresh it is, and the views that operators left out of it. */
export async function readStoryFrame(
  sources: StorySources,
  story: EditorStory,
  now: Date,
): Promise<StoryFrame> {
  const target = { kind: "story" as const, id: story.id, storyId: story.id };
  const [{ unsyncedOf, ...freshness }, voided] = await Promise.all([
    readFreshness(sources, [target], now),
    sources.db.voidedViews.findMany({
      where: { storyId: story.id, undoneAt: null, storyViews: { gt: 0 } },
      orderBy: { id: "desc" },
      select: { id: true, fromHour: true, toHour: true, storyViews: true, reason: true },
    }),
  ]);
  return {
    now,
    story: { slug: story.slug, title: story.title, published: story.status === "PUBLISHED" },
    counted: story.readCount,
    unsynced: unsyncedOf(target),
    ...freshness,
    voided: voided.map(({ storyViews, ...row }) => ({ ...row, views: Number(storyViews) })),
  };
}
