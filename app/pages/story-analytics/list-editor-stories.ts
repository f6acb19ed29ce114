import { bucketOf, layOut, spanOf } from "~/shared/series";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import type { ReadUnsynced } from "~/tracker/ports";
import { targetKey } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";
import { mine } from "./find-editor-story";
import { readViewHours, sumViewHours } from "./read-view-hours";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

export interface StorySources {
  db: PrismaClient;
  readUnsynced: ReadUnsynced;
  /** False: every view is in Postgres at once, and nothing ever waits. */
  redisEnabled: boolean;
}

export interface ListedStory {
  id: number;
  slug: string;
  title: string;
  published: boolean;
  chapters: number;
  /** In `readCount`. */
  counted: number;
  /** Counted in Redis and not carried yet; null when Redis cannot be asked. */
  waiting: number | null;
  /** The last 168 hours with what waits, and the 168 before: the same weekdays. */
  lastWeek: number;
  weekBefore: number;
  /** Views a UTC day, today last. */
  days: number[];
}

export interface EditorStories {
  now: Date;
  /** Up to when everything is in `counted`; null when no sync has run yet. */
  asOf: Date | null;
  redisAsked: boolean;
  stories: ListedStory[];
}

/** An editor's stories with their totals, most read in the last week first. */
export async function listEditorStories(
  { db, readUnsynced, redisEnabled }: StorySources,
  userId: number,
  now: Date,
): Promise<EditorStories> {
  const stories = await db.story.findMany({
    where: mine(userId),
    orderBy: { title: "asc" },
    select: {
      id: true,
      slug: true,
      title: true,
      status: true,
      readCount: true,
      _count: { select: { chapters: true } },
    },
  });
  const ids = stories.map((story) => story.id);
  // Whole hours: the present one belongs to the last week, and both weeks have 168.
  const thisHour = bucketOf(now.getTime(), HOUR);
  const weekStart = thisHour - (WEEK - HOUR) * 1000;
  const month = spanOf({ seconds: 30 * DAY, stepSeconds: DAY }, now.getTime());
  const [pending, lastGood, lastWeek, weekBefore, days] = await Promise.all([
    readWaiting(
      readUnsynced,
      redisEnabled,
      ids.map((id) => ({ kind: "story" as const, id, storyId: id })),
    ),
    findLastGoodSync(db),
    sumViewHours(db, "story", ids, weekStart, thisHour + HOUR * 1000),
    sumViewHours(db, "story", ids, weekStart - WEEK * 1000, weekStart),
    readViewHours(db, "story", ids, month),
  ]);
  const listed = stories.map((story): ListedStory => {
    const waiting = pending ? (pending.get(targetKey({ kind: "story", id: story.id })) ?? 0) : null;
    const series = layOut(
      days.filter((row) => row.targetId === story.id).map(({ at, views }) => ({ at, values: { views } })),
      month,
      { views: 0 },
    );
    const counts = series.points.map((point) => point.values?.views ?? 0);
    return {
      id: story.id,
      slug: story.slug,
      title: story.title,
      published: story.status === "PUBLISHED",
      chapters: story._count.chapters,
      counted: story.readCount,
      waiting,
      lastWeek: (lastWeek.get(story.id) ?? 0) + (waiting ?? 0),
      weekBefore: weekBefore.get(story.id) ?? 0,
      days: counts,
    };
  });
  return {
    now,
    asOf: redisEnabled ? (lastGood?.startedAt ?? null) : now,
    redisAsked: pending !== null,
    stories: listed.sort((a, b) => b.lastWeek - a.lastWeek || a.title.localeCompare(b.title, "en")),
  };
}

/** What waits for the sync, by target; an empty map where nothing ever waits. */
export const readWaiting = async (
  readUnsynced: ReadUnsynced,
  redisEnabled: boolean,
  targets: Parameters<ReadUnsynced>[0],
) => (redisEnabled && targets.length ? readUnsynced(targets) : new Map<string, number>());
