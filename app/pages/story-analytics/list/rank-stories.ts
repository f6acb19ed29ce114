import { Prisma, type PrismaClient } from "../../../../prisma/client/client";
import type { ListOrder, ListSelection } from "./list-selection";

export interface RankedStory {
  id: number;
  slug: string;
  title: string;
  published: boolean;
  /** In `readCount`. */
  counted: number;
  /** Views of the last 168 hours, and of the 168 hours before, without unsynced ones. */
  lastWeek: number;
  weekBefore: number;
  /** The nearest date in the future that the draft, or a draft of a chapter, has; null without one. */
  nextAt: Date | null;
}

export interface Ranking {
  /** Of all stories of the editor, whatever is shown. */
  all: { stories: number; counted: number; lastWeek: number };
  /** How many stories the selection has, on all pages. */
  matching: number;
  stories: RankedStory[];
}

/** The weeks that are compared, Unix ms: from `before` to `start` and from there to `end`. */
export interface Weeks {
  before: number;
  start: number;
  end: number;
}

/** Stories whose title begins with a capital must not all stand before those that begin with a small letter. */
const ORDERS: Record<ListOrder, Prisma.Sql> = {
  title: Prisma.sql`lower(title)`,
  total: Prisma.sql`counted + unsynced`,
  week: Prisma.sql`"lastWeek" + unsynced`,
  before: Prisma.sql`"weekBefore"`,
  change: Prisma.sql`("lastWeek" + unsynced) / NULLIF("weekBefore", 0)`,
  next: Prisma.sql`"nextAt"`,
};

/** The ids of all stories of an editor, in the order of their creation. */
export async function findStoryIds(db: PrismaClient, userId: number): Promise<number[]> {
  const [row] = await db.$queryRaw<{ ids: number[] | null }[]>`
    SELECT array_agg(id ORDER BY id) AS ids FROM (${storyIdsOf(userId)}) AS mine`;
  return row?.ids ?? [];
}

/** Every tag of an editor's stories once. */
export async function findTags(db: PrismaClient, userId: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ tag: string }[]>`
    SELECT DISTINCT t.tag FROM "StoryTag" t JOIN (${storyIdsOf(userId)}) AS mine ON mine.id = t."storyId" ORDER BY 1`;
  return rows.map(({ tag }) => tag);
}

const storyIdsOf = (userId: number) => Prisma.sql`
  SELECT id FROM "Story" WHERE "authorId" = ${userId} UNION SELECT "storyId" FROM "StoryEditor" WHERE "userId" = ${userId}`;

/**
 * Orders all stories of an editor and returns `limit` of them from `offset` on. Unsynced views count for the order as they do on the
 * page, so they come in by story id.
 */
export async function rankStories(
  db: PrismaClient,
  userId: number,
  selection: ListSelection,
  { unsynced, weeks, now }: { unsynced: ReadonlyMap<number, number>; weeks: Weeks; now: Date },
  { offset, limit }: { offset: number; limit: number | null },
): Promise<Ranking> {
  const at = (ms: number) => new Date(ms);
  const direction = selection.down ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const [found] = await db.$queryRaw<(Ranking["all"] & { matching: number; rows: Row[] | null })[]>`
    WITH mine AS MATERIALIZED (${storyIdsOf(userId)}),
    rated AS MATERIALIZED (
      SELECT s.id, s.slug, s.title, s.status = 'PUBLISHED' AS published, s."readCount"::float8 AS counted,
        COALESCE(u.views, 0) AS unsynced, h."lastWeek", h."weekBefore", LEAST(c.at, CASE WHEN s.status = 'DRAFT' AND s."publishedAt" > ${now} THEN s."publishedAt" END) AS "nextAt",
        ${matches(selection)} AS matches
      FROM mine JOIN "Story" s USING (id)
      LEFT JOIN unnest(${[...unsynced.keys()]}::int[], ${[...unsynced.values()]}::float8[]) AS u(id, views) ON u.id = s.id
      CROSS JOIN LATERAL (
        SELECT COALESCE(sum(views) FILTER (WHERE hour >= ${at(weeks.start)}), 0)::float8 AS "lastWeek",
          COALESCE(sum(views) FILTER (WHERE hour < ${at(weeks.start)}), 0)::float8 AS "weekBefore"
        FROM "ViewHour" WHERE kind = 'story' AND "targetId" = s.id AND hour >= ${at(weeks.before)} AND hour < ${at(weeks.end)}) h
      LEFT JOIN (
        SELECT "storyId", min("publishedAt") AS at FROM "Chapter" WHERE status = 'DRAFT' AND "publishedAt" IS NOT NULL AND "publishedAt" > ${now} GROUP BY 1
      ) c ON c."storyId" = s.id
    ), page AS (
      SELECT id, slug, title, published, counted, "lastWeek", "weekBefore", "nextAt", row_number() OVER sorted AS place
      FROM rated WHERE matches WINDOW sorted AS (ORDER BY ${ORDERS[selection.order]} ${direction} NULLS LAST, lower(title), id)
      ORDER BY place OFFSET ${offset} LIMIT ${limit}::int
    )
    SELECT count(*)::int AS stories, COALESCE(sum(counted), 0) AS counted, COALESCE(sum("lastWeek"), 0) AS "lastWeek",
      count(*) FILTER (WHERE matches)::int AS matching, (SELECT json_agg(page ORDER BY place) FROM page) AS rows
    FROM rated`;
  if (!found) throw new Error("a list of stories without its totals");
  const { rows, matching, ...all } = found;
  return {
    all,
    matching,
    stories: (rows ?? []).map(({ place: _place, nextAt, ...story }) => ({
      ...story,
      nextAt: nextAt === null ? null : new Date(nextAt),
    })),
  };
}

/** A story as JSON of Postgres. */
type Row = Omit<RankedStory, "nextAt"> & { nextAt: string | null; place: number };

/** Whether story `s` has all words of the search, and the tag. */
function matches({ text, tag }: ListSelection): Prisma.Sql {
  const conditions = text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const pattern = `%${word.replace(/[\\%_]/g, "\\$&")}%`;
      return Prisma.sql`(s.title ILIKE ${pattern} OR s.genre ILIKE ${pattern}
        OR EXISTS (SELECT FROM "StoryTag" t WHERE t."storyId" = s.id AND t.tag ILIKE ${pattern}))`;
    });
  if (tag)
    conditions.push(
      Prisma.sql`EXISTS (SELECT FROM "StoryTag" t WHERE t."storyId" = s.id AND t.tag = ${tag})`,
    );
  return conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, " AND ");
}
