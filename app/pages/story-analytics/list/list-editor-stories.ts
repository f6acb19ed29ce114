import { withNumbers } from "~/platform/row-numbers";
import { bucketOf, layOut, type Span, spanOf } from "~/shared/series";
import type { PrismaClient } from "../../../../prisma/client/client";
import { storiesOf } from "../find-editor-story";
import { readFreshness, type StorySources } from "../read-freshness";

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
  /** In Redis and not yet in `readCount`, or when last known; null if that is unknown. */
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
  /** See `Freshness`. */
  rememberedAt: Date | null;
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
  const [freshness, days] = await Promise.all([
    readFreshness(
      sources,
      ids.map((id) => ({ kind: "story" as const, id, storyId: id })),
      now,
    ),
    readDays(db, ids, month, weekStart, thisHour + HOUR * 1000),
  ]);
  const listed = stories.map((story): ListedStory => {
    const unsynced = freshness.unsyncedOf({ kind: "story", id: story.id });
    const mine = days.filter((row) => row.targetId === story.id);
    const sum = (column: "lastWeek" | "weekBefore") => mine.reduce((all, row) => all + row[column], 0);
    const series = layOut(
      mine.map(({ at, views }) => ({ at, values: { views } })),
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
      lastWeek: sum("lastWeek") + (unsynced ?? 0),
      weekBefore: sum("weekBefore"),
      days: series.points.map((point) => point.values?.views ?? 0),
    };
  });
  return {
    now,
    asOf: freshness.asOf,
    redisReachable: freshness.redisReachable,
    rememberedAt: freshness.rememberedAt,
    stories: listed.sort((a, b) => b.lastWeek - a.lastWeek || a.title.localeCompare(b.title, "en")),
  };
}

/** Views per story and day, and how many of them belong to the week before `weekEnd` and to the one before that: each hour is read once. */
const readDays = (
  db: PrismaClient,
  storyIds: number[],
  { from, to }: Span,
  weekStart: number,
  weekEnd: number,
) => db.$queryRaw<{ targetId: number; at: Date; views: number; lastWeek: number; weekBefore: number }[]>`
  SELECT "targetId", date_trunc('day', "hour", 'UTC') AS at, sum("views")::float8 AS views,
    COALESCE(sum("views") FILTER (WHERE "hour" >= ${new Date(weekStart)} AND "hour" < ${new Date(weekEnd)}), 0)::float8 AS "lastWeek",
    COALESCE(sum("views") FILTER (WHERE "hour" >= ${new Date(weekStart - WEEK * 1000)} AND "hour" < ${new Date(weekStart)}), 0)::float8 AS "weekBefore"
  FROM "ViewHour"
  WHERE "kind" = 'story' AND "targetId" = ANY(${storyIds}) AND "hour" >= ${new Date(from)} AND "hour" <= ${new Date(to)}
  GROUP BY 1, 2`;
