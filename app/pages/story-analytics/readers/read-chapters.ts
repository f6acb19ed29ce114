import { layOut } from "~/shared/series";
import type { EditorStory } from "../find-editor-story";
import { readFreshness, type StorySources } from "../read-freshness";
import { findFirstHour, readViewHours } from "../read-view-hours";
import { type StoryRange, stepName, storySpan } from "../story-ranges";
import { type ChapterSteps, readSameAge } from "./read-same-age";
import { findWorst, type SameAgeReads } from "./same-age";

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
  /** Reads at the same age as the chapter before and as chapter 1; null for a draft. */
  steps: ChapterSteps | null;
}

export interface StoryChapters {
  range: StoryRange;
  story: { slug: string };
  /** The period of one bar: "day". */
  step: string;
  chapters: ChapterNumbers[];
  /** The chapter that loses the largest share of reads against the one before it; null if none does. */
  worst: { number: number; before: number; step: SameAgeReads } | null;
}

/** A story's chapters with their reads over the range, and how chapters compare at the same age. */
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
  const [{ unsyncedOf, asOf }, rows] = await Promise.all([
    readFreshness(
      sources,
      ids.map((id) => ({ kind: "chapter" as const, id, storyId: story.id })),
      now,
    ),
    readViewHours(db, "chapter", ids, span),
  ]);
  const published = story.chapters.filter(({ status }) => status === "PUBLISHED");
  // Before the first sync, the history has no hour in full.
  const steps = await readSameAge(db, published, asOf ?? new Date(0));
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
      steps: steps.get(id) ?? null,
    };
  });
  return {
    range,
    story: { slug: story.slug },
    step: stepName(span.stepSeconds),
    chapters,
    worst: nameWorst(published, steps),
  };
}

/** The worst step, with the numbers of its two chapters. */
function nameWorst(chapters: { id: number; number: number }[], steps: Map<number, ChapterSteps>) {
  const step = findWorst(chapters.map(({ id }) => steps.get(id)?.ofPrevious ?? null));
  const numberOf = (id: number | undefined) => chapters.find((chapter) => chapter.id === id)?.number ?? 0;
  return step && { number: numberOf(step.chapterId), before: numberOf(step.baseId), step };
}
