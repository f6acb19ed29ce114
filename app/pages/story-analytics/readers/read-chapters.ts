import { layOut } from "~/shared/series";
import type { EditorStory } from "../find-editor-story";
import { readFreshness, type StorySources } from "../read-freshness";
import { findFirstHour, readViewHours } from "../read-view-hours";
import { type StoryRange, stepName, storySpan } from "../story-ranges";

export interface ChapterNumbers {
  number: number;
  title: string;
  published: boolean;
  /** In `readCount`. */
  counted: number;
  /** In Redis and not yet in `readCount`, or when last known; null if that is unknown. */
  unsynced: number | null;
  inRange: number;
  /** Reads per step of the range. */
  bars: number[];
  /** Reads as a share of those of chapter 1, and of the previous chapter; null when those are zero. */
  ofFirst: number | null;
  ofPrevious: number | null;
}

export interface StoryChapters {
  range: StoryRange;
  story: { slug: string };
  /** The period of one bar: "day". */
  step: string;
  chapters: ChapterNumbers[];
}

/** A story's chapters with their reads over the range, and their retention. */
export async function readChapters(
  sources: StorySources,
  story: EditorStory,
  range: StoryRange,
  now: Date,
): Promise<StoryChapters> {
  const { db } = sources;
  const ids = story.chapters.map(({ id }) => id);
  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  const [{ unsyncedOf }, rows] = await Promise.all([
    readFreshness(
      sources,
      ids.map((id) => ({ kind: "chapter" as const, id, storyId: story.id })),
      now,
    ),
    readViewHours(db, "chapter", ids, span),
  ]);
  const chapters = story.chapters.map(({ id, number, title, status, readCount }) => {
    const mine = rows
      .filter((row) => row.targetId === id)
      .map(({ at, views }) => ({ at, values: { views } }));
    const bars = layOut(mine, span, { views: 0 }).points.map((point) => point.values?.views ?? 0);
    return {
      number,
      title,
      published: status === "PUBLISHED",
      counted: readCount,
      unsynced: unsyncedOf({ kind: "chapter", id }),
      inRange: bars.reduce((sum, views) => sum + views, 0),
      bars,
    };
  });
  return {
    range,
    story: { slug: story.slug },
    step: stepName(span.stepSeconds),
    chapters: withRetention(chapters),
  };
}

/** Adds retention: each chapter's reads as a share of those of chapter 1 and of the chapter before it. */
export function withRetention<C extends { number: number; counted: number; unsynced: number | null }>(
  chapters: C[],
): (C & { ofFirst: number | null; ofPrevious: number | null })[] {
  const reads = (chapter: C | undefined) => (chapter ? chapter.counted + (chapter.unsynced ?? 0) : 0);
  const share = (chapter: C, base: C | undefined) => (reads(base) > 0 ? reads(chapter) / reads(base) : null);
  const first = chapters.find(({ number }) => number === 1) ?? chapters[0];
  return chapters.map((chapter, position) => ({
    ...chapter,
    ofFirst: share(chapter, first),
    ofPrevious: position === 0 ? null : share(chapter, chapters[position - 1]),
  }));
}
