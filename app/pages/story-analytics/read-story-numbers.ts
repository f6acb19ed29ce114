import type { LoadPanel } from "~/console/open-page";
import { formatCount, formatPercent } from "~/shared/format";
import type { Panel } from "~/shared/panel";
import { bucketOf, layOut, type Series, total } from "~/shared/series";
import { findEditorStory } from "./find-editor-story";
import { readFreshness, type StorySources } from "./read-freshness";
import { type Detail, type Dimension, readStoryDetails } from "./read-story-details";
import { findFirstHour, readViewHours, sumViewHours } from "./read-view-hours";
import { type StoryRange, stepName, storySpan } from "./story-ranges";

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

export interface StoryNumbers {
  now: Date;
  range: StoryRange;
  story: { slug: string; title: string; published: boolean };
  /** The subject of the chart: the story, or one chapter. */
  shown: { chapter: number | null; title: string; counted: number; unsynced: number | null };
  /** Every view up to this time is in the chart; null before the first sync. */
  asOf: Date | null;
  /** Both as in `Freshness`. */
  redisReachable: boolean;
  rememberedAt: Date | null;
  title: string;
  /** The period of one bar: "day". */
  step: string;
  series: Series<"views">;
  /** Bars from this one on (Unix ms) may still grow, as views of that time may be unsynced; null when none are. */
  growsFrom: number | null;
  chapters: ChapterNumbers[];
  /** The views by referrer and device, and the visits not counted by reason. */
  details: Panel<Record<Dimension, Detail[]>>;
  /** Views that an operator has taken out of all of these numbers, latest first. */
  voided: { id: number; fromHour: Date; toHour: Date; views: number; reason: string }[];
}

/**
 * The analytics of one story for its editor; null when it is not one of their stories. The chart shows the selected
 * chapter, or the whole story if there is no such chapter.
 */
export async function readStoryNumbers(
  sources: StorySources,
  userId: number,
  slug: string,
  selection: { range: StoryRange; chapter: number | null },
  now: Date,
  panel: LoadPanel,
): Promise<StoryNumbers | null> {
  const { db } = sources;
  const story = await findEditorStory(db, userId, slug);
  if (!story) return null;
  const { range } = selection;
  const chapter = story.chapters.find(({ number }) => number === selection.chapter) ?? null;
  const kind = chapter ? "chapter" : "story";
  const shown = chapter ?? story;

  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  const chapterIds = story.chapters.map(({ id }) => id);
  const compare = range.compare;
  const [
    { asOf, redisReachable, rememberedAt, unsyncedOf },
    buckets,
    before,
    chapterBuckets,
    details,
    voided,
  ] = await Promise.all([
    readFreshness(
      sources,
      [
        { kind: "story", id: story.id, storyId: story.id },
        ...chapterIds.map((id) => ({ kind: "chapter" as const, id, storyId: story.id })),
      ],
      now,
    ),
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
    panel("This list", readStoryDetails(db, story.id, span)),
    db.voidedViews.findMany({
      where: { storyId: story.id, undoneAt: null, storyViews: { gt: 0 } },
      orderBy: { id: "desc" },
      select: { id: true, fromHour: true, toHour: true, storyViews: true, reason: true },
    }),
  ]);

  const seriesOf = (rows: typeof buckets, id: number) =>
    layOut(
      rows.filter((row) => row.targetId === id).map(({ at, views }) => ({ at, values: { views } })),
      span,
      { views: 0 },
    );
  const series = seriesOf(buckets, shown.id);
  const unsynced = unsyncedOf({ kind, id: shown.id });

  const chapters = story.chapters.map((one) => {
    const bars = seriesOf(chapterBuckets, one.id).points.map((point) => point.values?.views ?? 0);
    return {
      number: one.number,
      title: one.title,
      published: one.status === "PUBLISHED",
      counted: one.readCount,
      unsynced: unsyncedOf({ kind: "chapter", id: one.id }),
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
      title: chapter ? `Chapter ${chapter.number}: ${chapter.title}` : "Whole story",
      counted: shown.readCount,
      unsynced,
    },
    asOf,
    redisReachable,
    rememberedAt,
    title: titleOf(total(series, "views") + (unsynced ?? 0), range, before?.get(shown.id) ?? 0),
    step: stepName(span.stepSeconds),
    series,
    growsFrom: unsynced === 0 ? null : bucketOf((asOf ?? firstAt).getTime(), span.stepSeconds),
    chapters: withRetention(chapters),
    details,
    voided: voided.map(({ storyViews, ...row }) => ({ ...row, views: Number(storyViews) })),
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

/** The chart's title: its total, compared with an earlier period where the range has one. */
function titleOf(views: number, range: StoryRange, before: number) {
  const counted = `${formatCount(views, "view")} ${range.words}`;
  if (!range.compare) return counted;
  if (before === 0) return views === 0 ? counted : `${counted}; none ${range.compare.words}`;
  const change = views / before - 1;
  if (Math.abs(change) < 0.005) return `${counted}, as many as ${range.compare.words}`;
  return `${counted}, ${formatPercent(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than ${range.compare.words}`;
}
