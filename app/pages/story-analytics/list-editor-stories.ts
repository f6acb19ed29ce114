import { withNumbers } from "~/platform/row-numbers";
import { bucketOf, layOut, spanOf } from "~/shared/series";
import { storiesOf } from "./find-editor-story";
import { readFreshness, type StorySources } from "./read-freshness";
import { readViewHours, sumViewHours } from "./read-view-hours";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

export interface ListedStory {
  id: number;
  slug: string;
  title: string;
  published: boolean;
  chapters: number;
  /** In `readCount`. */
  counted: number;
  /** In Redis and not yet in `readCount`; null while Redis is unreachable. */
  unsynced: number | null;
  /** Views of the last 168 hours, unsynced ones included, and of the 168 hours before: the same weekdays. */
  lastWeek: number;
  weekBefore: number;
  /** Views per UTC day, today last. */
  days: number[];
}

export interface EditorStories {
  now: Date;
  /** Every view up to this time is in `counted`; null before the first sync. */
  asOf: Date | null;
  redisReachable: boolean;
  stories: ListedStory[];
}

/** An editor's stories with their totals, most viewed in the last week first. */
export async function listEditorStories(
  sources: StorySources,
  userId: number,
  now: Date,
): Promise<EditorStories> {
  const { db } = sources;
  const stories = withNumbers(
    await db.story.findMany({
      where: storiesOf(userId),
      orderBy: { title: "asc" },
      select: {
        id: true,
        slug: true,
        title: true,
        status: true,
        readCount: true,
        _count: { select: { chapters: true } },
      },
    }),
  );
  const ids = stories.map((story) => story.id);
  // Whole hours: the current one belongs to the last week, and both weeks have 168.
  const thisHour = bucketOf(now.getTime(), HOUR);
  const weekStart = thisHour - (WEEK - HOUR) * 1000;
  const month = spanOf({ seconds: 30 * DAY, stepSeconds: DAY }, now.getTime());
  const [freshness, lastWeek, weekBefore, days] = await Promise.all([
    readFreshness(
      sources,
      ids.map((id) => ({ kind: "story" as const, id, storyId: id })),
      now,
    ),
    sumViewHours(db, "story", ids, weekStart, thisHour + HOUR * 1000),
    sumViewHours(db, "story", ids, weekStart - WEEK * 1000, weekStart),
    readViewHours(db, "story", ids, month),
  ]);
  const listed = stories.map((story): ListedStory => {
    const unsynced = freshness.unsyncedOf({ kind: "story", id: story.id });
    const series = layOut(
      days.filter((row) => row.targetId === story.id).map(({ at, views }) => ({ at, values: { views } })),
      month,
      { views: 0 },
    );
    return {
      id: story.id,
      slug: story.slug,
      title: story.title,
      published: story.status === "PUBLISHED",
      chapters: story._count.chapters,
      counted: story.readCount,
      unsynced,
      lastWeek: (lastWeek.get(story.id) ?? 0) + (unsynced ?? 0),
      weekBefore: weekBefore.get(story.id) ?? 0,
      days: series.points.map((point) => point.values?.views ?? 0),
    };
  });
  return {
    now,
    asOf: freshness.asOf,
    redisReachable: freshness.redisReachable,
    stories: listed.sort((a, b) => b.lastWeek - a.lastWeek || a.title.localeCompare(b.title, "en")),
  };
}
