import { HOUR_MS, UNIT_MS } from "~/shared/calendar";
import type { ComparedSeries } from "~/shared/compare";
import { formatCount, formatPercent } from "~/shared/format";
import { total } from "~/shared/series";
import type { Calendar } from "~/ui/charts/chart-data";
import type { EditorStory } from "../find-editor-story";
import { readFreshness, type StorySources } from "../read-freshness";
import { readSpan, type StorySpan } from "../read-span";
import { findFirstHour, readBuckets } from "../read-view-hours";

export interface StoryNumbers {
  now: Date;
  span: StorySpan;
  story: { slug: string };
  /** The subject of the chart: the story, or one chapter. */
  shown: { chapter: number | null; title: string; unsynced: number | null };
  title: string;
  /** With the same buckets of the earlier period. */
  series: ComparedSeries<"views"> & { calendar?: Calendar };
  /** Bars from this one on (Unix ms) may still grow, as views of that time may be unsynced; null when none are. */
  growsFrom: number | null;
  chapters: { number: number; title: string }[];
}

/** What an address asks to see of a story: one chapter, or all of it. */
export function shownIn(story: EditorStory, search: URLSearchParams) {
  const number = Number(search.get("chapter"));
  const chapter = story.chapters.find((each) => each.number === number) ?? null;
  return chapter
    ? { chapter, kind: "chapter" as const, id: chapter.id }
    : { chapter, kind: "story" as const, id: story.id };
}

/**
 * The views of one story over time, for its editor, as the page's address and their time zone say. The chart shows the selected
 * chapter, or the whole story if there is no such chapter.
 */
export async function readStoryNumbers(
  sources: StorySources,
  story: EditorStory,
  search: URLSearchParams,
  zone: string,
  now: Date,
): Promise<StoryNumbers> {
  const { db } = sources;
  const { chapter, kind, id } = shownIn(story, search);

  const firstAt = (await findFirstHour(db, story.id)) ?? story.publishedAt ?? story.createdAt;
  const span = readSpan(search, zone, now.getTime(), firstAt.getTime());
  const { unit, starts, compared } = span;
  const [{ asOf, unsyncedOf }, views, before] = await Promise.all([
    readFreshness(sources, [{ kind, id, storyId: story.id }], now),
    readBuckets(db, kind, id, span),
    compared ? readBuckets(db, kind, id, compared) : null,
  ]);
  const endsNow = span.to === now.getTime();
  const series = {
    stepSeconds: UNIT_MS[unit] / 1000,
    ...(unit === "hour" ? {} : { calendar: { unit, timeZone: zone } }),
    points: starts.map((at, place) => ({
      at,
      values: { views: views[place] ?? 0 },
      before: before && { views: before[place] ?? 0 },
      unfinished: endsNow && place === starts.length - 1,
    })),
  };
  const unsynced = unsyncedOf({ kind, id });
  const counted = total(series, "views") + (endsNow ? (unsynced ?? 0) : 0);
  return {
    now,
    span,
    story: { slug: story.slug },
    shown: {
      chapter: chapter?.number ?? null,
      title: chapter ? `Chapter ${chapter.number}: ${chapter.title}` : "Whole story",
      unsynced,
    },
    title: titleOf(counted, span, before ? before.reduce((sum, each) => sum + each, 0) : null),
    series,
    growsFrom: unsynced === 0 ? null : growingFrom(starts, span.to, (asOf ?? firstAt).getTime()),
    chapters: story.chapters.map(({ number, title }) => ({ number, title })),
  };
}

/** The first bucket that has hours which the last sync may not have counted in full; null if the range ends before them. */
function growingFrom(starts: number[], to: number, asOf: number): number | null {
  const hour = Math.floor(asOf / HOUR_MS) * HOUR_MS;
  if (hour >= to) return null;
  return starts.findLast((start) => start <= hour) ?? starts[0] ?? null;
}

/** The chart's title: its total, compared with the earlier period, which is named by its dates. */
function titleOf(views: number, { words, compared }: StorySpan, before: number | null) {
  const counted = `${formatCount(views, "view")} ${words}`;
  if (!compared || before === null) return counted;
  if (before === 0) return views === 0 ? counted : `${counted}; none in ${compared.words}`;
  const change = views / before - 1;
  if (Math.abs(change) < 0.005) return `${counted}, as many as ${compared.words}`;
  return `${counted}, ${formatPercent(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than ${compared.words}`;
}
