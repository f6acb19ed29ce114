import { bucketOf, layOut, spanOf } from "~/shared/series";
import type { PrismaClient } from "../../../../prisma/client/client";
import { type Freshness, readFreshness, type StorySources } from "../read-freshness";
import { readViewHours } from "../read-view-hours";
import { type ListSelection, WHOLE_LIST } from "./list-selection";
import { findStoryIds, findTags, type RankedStory, rankStories } from "./rank-stories";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Stories per page. */
export const STORIES_PER_PAGE = 50;

/** The draft that a date in the future belongs to, and that date. */
export interface NextPublication {
  /** A chapter's number; null for the story itself. */
  chapter: number | null;
  title: string;
  at: Date;
}

export interface ListedStory extends Omit<RankedStory, "nextAt"> {
  chapters: number;
  /** In Redis and not yet in `counted`, or when last known; null if that is unknown. They are part of `lastWeek` here. */
  unsynced: number | null;
  /** Views per UTC day, today last. */
  days: number[];
  tags: string[];
  next: NextPublication | null;
}

export interface EditorStories extends Omit<Freshness, "unsyncedOf"> {
  now: Date;
  selection: ListSelection;
  /** Sums over all of the editor's stories; `unsynced` is null if it is unknown of each. */
  all: { stories: number; counted: number; unsynced: number | null; lastWeek: number };
  /** How many stories the selection has, and on how many pages. */
  matching: number;
  pages: number;
  stories: ListedStory[];
  /** All tags of the editor's stories. */
  tags: string[];
}

/** One page of an editor's stories with their totals, by default most viewed in the last week first. */
export async function listEditorStories(
  sources: StorySources,
  userId: number,
  now: Date,
  selection: ListSelection = WHOLE_LIST,
): Promise<EditorStories> {
  const { db } = sources;
  const { rank, unsyncedOf, ...list } = await openList(sources, userId, now);
  const [{ all, matching, stories }, tags] = await Promise.all([
    rank(selection, { offset: (selection.page - 1) * STORIES_PER_PAGE, limit: STORIES_PER_PAGE }),
    findTags(db, userId),
  ]);
  return {
    ...list,
    selection,
    all,
    matching,
    pages: Math.ceil(matching / STORIES_PER_PAGE),
    stories: await describeStories(db, stories, unsyncedOf, now),
    tags,
  };
}

/** All of an editor's stories in the order of the selection, some at a time, whatever its page: for exports. */
export async function* walkEditorStories(
  sources: StorySources,
  userId: number,
  now: Date,
  selection: ListSelection,
): AsyncGenerator<ListedStory[]> {
  const { rank, unsyncedOf } = await openList(sources, userId, now);
  // Ranked once: a story that moves meanwhile is then neither left out nor there twice.
  const { stories } = await rank(selection, { offset: 0, limit: null });
  for (let from = 0; from < stories.length; from += STORIES_PER_PAGE)
    yield await describeStories(sources.db, stories.slice(from, from + STORIES_PER_PAGE), unsyncedOf, now);
}

/** How fresh the numbers of all of an editor's stories are, and a function that ranks them. */
async function openList(sources: StorySources, userId: number, now: Date) {
  const { db } = sources;
  const ids = await findStoryIds(db, userId);
  const { unsyncedOf: unsyncedIn, ...freshness } = await readFreshness(
    sources,
    ids.map((id) => ({ kind: "story" as const, id, storyId: id })),
    now,
  );
  const unsyncedOf = (id: number) => unsyncedIn({ kind: "story", id });
  const known = ids.map((id) => [id, unsyncedOf(id)] as const);
  const unsynced = new Map(known.filter((entry): entry is readonly [number, number] => Boolean(entry[1])));
  const total = known.every(([, views]) => views === null)
    ? null
    : [...unsynced.values()].reduce((sum, views) => sum + views, 0);
  // Whole hours: the current one belongs to the last week, and both weeks have 168.
  const end = bucketOf(now.getTime(), HOUR) + HOUR * 1000;
  const weeks = { before: end - 2 * WEEK * 1000, start: end - WEEK * 1000, end };
  return {
    now,
    ...freshness,
    unsyncedOf,
    async rank(selection: ListSelection, part: { offset: number; limit: number | null }) {
      const ranking = await rankStories(db, userId, selection, { unsynced, weeks, now }, part);
      const all = {
        ...ranking.all,
        unsynced: ids.length ? total : 0,
        lastWeek: ranking.all.lastWeek + (total ?? 0),
      };
      return { ...ranking, all };
    },
  };
}

/** Adds what a line of the list shows beside the numbers that it is ordered by. */
async function describeStories(
  db: PrismaClient,
  stories: RankedStory[],
  unsyncedOf: (id: number) => number | null,
  now: Date,
): Promise<ListedStory[]> {
  const ids = stories.map(({ id }) => id);
  const month = spanOf({ seconds: 30 * DAY, stepSeconds: DAY }, now.getTime());
  const [rows, views] = await Promise.all([
    db.story.findMany({
      where: { id: { in: ids } },
      select: {
        id: true,
        _count: { select: { chapters: true } },
        tags: { orderBy: { tag: "asc" }, select: { tag: true } },
        chapters: {
          where: { status: "DRAFT", publishedAt: { gt: now } },
          orderBy: [{ publishedAt: "asc" }, { number: "asc" }],
          take: 1,
          select: { number: true, title: true, publishedAt: true },
        },
      },
    }),
    readViewHours(db, "story", ids, month),
  ]);
  const described = new Map(rows.map((row) => [row.id, row]));
  const viewsOf = new Map<number, typeof views>(ids.map((id) => [id, []]));
  for (const day of views) viewsOf.get(day.targetId)?.push(day);
  return stories.map(({ nextAt, ...story }) => {
    const row = described.get(story.id);
    const unsynced = unsyncedOf(story.id);
    const series = layOut(
      (viewsOf.get(story.id) ?? []).map((day) => ({ at: day.at, values: { views: day.views } })),
      month,
      { views: 0 },
    );
    const [chapter] = row?.chapters ?? [];
    const isChapter = chapter?.publishedAt?.getTime() === nextAt?.getTime();
    return {
      ...story,
      lastWeek: story.lastWeek + (unsynced ?? 0),
      unsynced,
      chapters: row?._count.chapters ?? 0,
      tags: row?.tags.map(({ tag }) => tag) ?? [],
      days: series.points.map((point) => point.values?.views ?? 0),
      next: nextAt && {
        chapter: isChapter && chapter ? chapter.number : null,
        title: isChapter && chapter ? chapter.title : story.title,
        at: nextAt,
      },
    };
  });
}
