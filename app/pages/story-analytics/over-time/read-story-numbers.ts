import { formatCount, formatPercent } from "~/shared/format";
import { bucketOf, layOut, type Series, total } from "~/shared/series";
import type { EditorStory } from "../find-editor-story";
import { readFreshness, type StorySources } from "../read-freshness";
import { findFirstHour, readViewHours, sumViewHours } from "../read-view-hours";
import { type StoryRange, stepName, storySpan } from "../story-ranges";

export interface StoryNumbers {
  now: Date;
  range: StoryRange;
  story: { slug: string };
  /** The subject of the chart: the story, or one chapter. */
  shown: { chapter: number | null; title: string; unsynced: number | null };
  title: string;
  /** The period of one bar: "day". */
  step: string;
  series: Series<"views">;
  /** Bars from this one on (Unix ms) may still grow, as views of that time may be unsynced; null when none are. */
  growsFrom: number | null;
  chapters: { number: number; title: string }[];
}

/**
 * The views of one story over time, for its editor. The chart shows the selected chapter, or the whole story if there is no such
 * chapter.
 */
export async function readStoryNumbers(
  sources: StorySources,
  story: EditorStory,
  selection: { range: StoryRange; chapter: number | null },
  now: Date,
): Promise<StoryNumbers> {
  const { db } = sources;
  const { range } = selection;
  const chapter = story.chapters.find(({ number }) => number === selection.chapter) ?? null;
  const kind = chapter ? "chapter" : "story";
  const shown = chapter ?? story;

  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = storySpan(range, now.getTime(), firstAt.getTime());
  const compare = range.compare;
  const [{ asOf, unsyncedOf }, rows, before] = await Promise.all([
    readFreshness(sources, [{ kind, id: shown.id, storyId: story.id }], now),
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
  ]);
  const series = layOut(
    rows.map(({ at, views }) => ({ at, values: { views } })),
    span,
    { views: 0 },
  );
  const unsynced = unsyncedOf({ kind, id: shown.id });
  return {
    now,
    range,
    story: { slug: story.slug },
    shown: {
      chapter: chapter?.number ?? null,
      title: chapter ? `Chapter ${chapter.number}: ${chapter.title}` : "Whole story",
      unsynced,
    },
    title: titleOf(total(series, "views") + (unsynced ?? 0), range, before?.get(shown.id) ?? 0),
    step: stepName(span.stepSeconds),
    series,
    growsFrom: unsynced === 0 ? null : bucketOf((asOf ?? firstAt).getTime(), span.stepSeconds),
    chapters: story.chapters.map(({ number, title }) => ({ number, title })),
  };
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
