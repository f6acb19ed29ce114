import { formatCount, formatPercent } from "~/shared/format";
import { bucketOf, layOut, type Series, total } from "~/shared/series";
import { findLastGoodSync } from "~/telemetry/sync-runs";
import { targetKey } from "~/tracker/view";
import { findEditorStory } from "./find-editor-story";
import { readWaiting, type StorySources } from "./list-editor-stories";
import { type Detail, readStoryDetails } from "./read-story-details";
import { findFirstHour, readViewHours, sumViewHours } from "./read-view-hours";
import { type StoryRange, stepName, storySpan } from "./story-ranges";

export interface ChapterNumbers {
  number: number;
  title: string;
  published: boolean;
  /** In `readCount`, and what waits besides; null when Redis cannot be asked. */
  counted: number;
  waiting: number | null;
  inRange: number;
  bars: number[];
  /** Reads of this chapter by reads of chapter 1, and of the chapter before; null without a denominator. */
  ofFirst: number | null;
  ofPrevious: number | null;
}

export interface StoryNumbers {
  now: Date;
  range: StoryRange;
  story: { slug: string; title: string; published: boolean };
  /** What the chart shows: the story, or one chapter. */
  shown: { chapter: number | null; title: string; counted: number; waiting: number | null };
  /** Up to when everything is in the chart; null when no sync has run yet. */
  asOf: Date | null;
  title: string;
  /** "day": what one bar stands for. */
  step: string;
  series: Series<"views">;
  /** Bars from this one on (Unix ms) will still grow: views of that time may wait in Redis. */
  growsFrom: number | null;
  chapters: ChapterNumbers[];
  details: { referrer: Detail[]; device: Detail[]; excluded: Detail[] };
}

/**
 * The numbers of one story for its editor; null when the story is not hers. `chapter` chooses what the chart shows, and
 * the story is shown where there is no such chapter.
 */
export async function readStoryNumbers(
  { db, readUnsynced, redisEnabled }: StorySources,
  userId: number,
  slug: string,
  choice: { range: StoryRange; chapter: number | null },
  now: Date,
): Promise<StoryNumbers | null> {
  const story = await findEditorStory(db, userId, slug);
  if (!story) return null;
  const { range } = choice;
  const chapter = story.chapters.find(({ number }) => number === choice.chapter) ?? null;
  const kind = chapter ? "chapter" : "story";
  const shown = chapter ?? story;

  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  const chapterIds = story.chapters.map(({ id }) => id);
  const compare = range.compare;
  const [pending, lastGood, buckets, before, chapterBuckets, details] = await Promise.all([
    readWaiting(readUnsynced, redisEnabled, [
      { kind: "story", id: story.id, storyId: story.id },
      ...chapterIds.map((id) => ({ kind: "chapter" as const, id, storyId: story.id })),
    ]),
    findLastGoodSync(db),
    readViewHours(db, kind, [shown.id], span),
    compare
      ? sumViewHours(
          db,
          kind,
          [shown.id],
          span.from - compare.seconds * 1000,
          now.getTime() - compare.seconds * 1000,
        )
      : null,
    readViewHours(db, "chapter", chapterIds, span),
    readStoryDetails(db, story.id, span),
  ]);

  const waitingOf = (target: { kind: "story" | "chapter"; id: number }) =>
    pending ? (pending.get(targetKey(target)) ?? 0) : null;
  const seriesOf = (rows: typeof buckets, id: number) =>
    layOut(
      rows.filter((row) => row.targetId === id).map(({ at, views }) => ({ at, values: { views } })),
      span,
      { views: 0 },
    );
  const series = seriesOf(buckets, shown.id);
  const waiting = waitingOf({ kind, id: shown.id });
  const asOf = redisEnabled ? (lastGood?.startedAt ?? null) : now;

  const chapters = story.chapters.map((one) => {
    const bars = seriesOf(chapterBuckets, one.id).points.map((point) => point.values?.views ?? 0);
    return {
      number: one.number,
      title: one.title,
      published: one.status === "PUBLISHED",
      counted: one.readCount,
      waiting: waitingOf({ kind: "chapter", id: one.id }),
      inRange: bars.reduce((sum, views) => sum + views, 0),
      bars,
    };
  });

  return {
    now,
    range,
    story: { slug: story.slug, title: story.title, published: story.status === "PUBLISHED" },
    shown: {
      chapter: chapter?.number ?? null,
      title: chapter ? `Chapter ${chapter.number}: ${chapter.title}` : "The whole story",
      counted: shown.readCount,
      waiting,
    },
    asOf,
    title: titleOf(total(series, "views") + (waiting ?? 0), range, before?.get(shown.id) ?? 0),
    step: stepName(span.stepSeconds),
    series,
    growsFrom: waiting === 0 ? null : bucketOf((asOf ?? firstAt).getTime(), span.stepSeconds),
    chapters: withRetention(chapters),
    details,
  };
}

/** Says how far readers came: each chapter's reads by those of the first, and of the one before it. */
export function withRetention<C extends { number: number; counted: number; waiting: number | null }>(
  chapters: C[],
): (C & { ofFirst: number | null; ofPrevious: number | null })[] {
  const reads = (chapter: C | undefined) => (chapter ? chapter.counted + (chapter.waiting ?? 0) : 0);
  const share = (chapter: C, base: C | undefined) => (reads(base) > 0 ? reads(chapter) / reads(base) : null);
  const first = chapters.find(({ number }) => number === 1) ?? chapters[0];
  return chapters.map((chapter, position) => ({
    ...chapter,
    ofFirst: share(chapter, first),
    ofPrevious: position === 0 ? null : share(chapter, chapters[position - 1]),
  }));
}

function titleOf(views: number, range: StoryRange, before: number) {
  const said = `${formatCount(views, "view")} ${range.words}`;
  if (!range.compare) return said;
  if (before === 0) return views === 0 ? said : `${said}; there were none ${range.compare.words}`;
  const change = views / before - 1;
  if (Math.abs(change) < 0.005) return `${said}, as many as ${range.compare.words}`;
  return `${said}, ${formatPercent(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than ${range.compare.words}`;
}
