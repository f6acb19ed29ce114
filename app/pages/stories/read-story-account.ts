import { withNumbers } from "~/platform/row-numbers";
import type { Incident } from "~/telemetry/incidents";
import { shardOf } from "~/tracker/shard";
import { FALLBACK_SOURCE, HISTORY_SOURCE } from "~/tracker/source";
import { HOUR_MS } from "~/tracker/window";
import type { PrismaClient } from "../../../prisma/client/client";
import type { Week } from "./explain-weeks";

const WEEK_HOURS = 168;
/** Rows of one story's views counted in Postgres that are looked through for its outages. */
const MAX_ROWS = 50_000;
const DAYS_SHOWN = 14;
const MAX_LISTED = 20;

/** A story by its slug, or by one that it had before; `slug` is the one that it has now. Null if there is none. */
export async function findStory(db: PrismaClient, slug: string) {
  // Postgres refuses NUL in text, so no story has such a slug.
  if (slug.includes("\0")) return null;
  // A story that has the address now comes before one that had it.
  const present = await db.story.findUnique({ where: { slug }, select: { id: true } });
  const former = present
    ? null
    : await db.formerSlug.findUnique({ where: { slug }, select: { storyId: true } });
  const found = await db.story.findFirst({
    where: { id: present?.id ?? former?.storyId ?? -1 },
    select: {
      id: true,
      slug: true,
      title: true,
      status: true,
      readCount: true,
      publishedAt: true,
      author: { select: { name: true } },
      formerSlugs: { select: { slug: true, until: true }, orderBy: { until: "desc" }, take: MAX_LISTED },
      chapters: {
        select: { id: true, number: true, title: true, status: true, readCount: true },
        orderBy: { number: "asc" },
      },
    },
  });
  return found && withNumbers(found);
}

/** The imports that the story has views of, and so many of each, the latest first. */
export const readStoryImports = async (db: PrismaClient, storyId: number) =>
  db.$queryRaw<{ id: number; at: Date; views: number; files: string[] }[]>`
    SELECT i.id, i."ranAt" AS at, h.views, ARRAY(SELECT name FROM "ViewImportFile" f WHERE f."importId" = i.id ORDER BY f.id) AS files
    FROM (SELECT source, sum(views)::float8 AS views FROM "ViewHour"
      WHERE kind = 'story' AND "targetId" = ${storyId} AND source LIKE 'i:%' GROUP BY 1 HAVING sum(views) <> 0) h
    JOIN "ViewImport" i ON h.source = 'i:' || i.id ORDER BY i.id DESC`;

/** The sum of a story's hourly history, by where its views were counted. */
export async function readHistorySums(db: PrismaClient, storyId: number) {
  const [row] = await db.$queryRaw<
    { redis: number; database: number; earlier: number; imported: number; voided: number }[]
  >`
    SELECT COALESCE(sum(views) FILTER (WHERE source LIKE 'r:%'), 0)::float8 AS redis,
      COALESCE(sum(views) FILTER (WHERE source = ${FALLBACK_SOURCE}), 0)::float8 AS database,
      COALESCE(sum(views) FILTER (WHERE source = ${HISTORY_SOURCE}), 0)::float8 AS earlier,
      COALESCE(sum(views) FILTER (WHERE source LIKE 'i:%'), 0)::float8 AS imported,
      COALESCE(-sum(views) FILTER (WHERE source LIKE 'void:%'), 0)::float8 AS voided
    FROM "ViewHour" WHERE kind = 'story' AND "targetId" = ${storyId}`;
  const { redis = 0, database = 0, earlier = 0, imported = 0, voided = 0 } = row ?? {};
  return {
    redis,
    database,
    earlier,
    imported,
    voided,
    total: redis + database + earlier + imported - voided,
  };
}

/** What became of the visits of the last 168 hours, and of the 168 before: the same weekdays. The present hour belongs to the last. */
export async function readWeeks(db: PrismaClient, storyId: number, now: Date): Promise<[Week, Week]> {
  const end = Math.floor(now.getTime() / HOUR_MS + 1) * HOUR_MS;
  const middle = new Date(end - WEEK_HOURS * HOUR_MS);
  const start = new Date(end - 2 * WEEK_HOURS * HOUR_MS);
  const [sums, leftOut, retracted] = await Promise.all([
    db.$queryRaw<{ late: boolean; counted: number; voided: number }[]>`
      SELECT hour >= ${middle} AS late, sum(views)::float8 AS counted,
        COALESCE(-sum(views) FILTER (WHERE source LIKE 'void:%'), 0)::float8 AS voided
      FROM "ViewHour" WHERE kind = 'story' AND "targetId" = ${storyId} AND hour >= ${start} AND hour < ${new Date(end)} GROUP BY 1`,
    db.$queryRaw<{ late: boolean; reason: string; views: number }[]>`
      SELECT hour >= ${middle} AS late, value AS reason, sum(views)::float8 AS views
      FROM "ViewDetailHour" WHERE "storyId" = ${storyId} AND hour >= ${start} AND hour < ${new Date(end)} AND dimension = 'excluded'
      GROUP BY 1, 2`,
    db.$queryRaw<{ late: boolean; views: number }[]>`
      SELECT "viewedAt" >= ${middle} AS late, count(*)::float8 AS views FROM "StoryView"
      WHERE "storyId" = ${storyId} AND "retractedAt" IS NOT NULL AND "retractedAt" >= ${start} AND "viewedAt" >= ${start}
        AND "viewedAt" < ${new Date(end)} GROUP BY 1`,
  ]);
  const week = (late: boolean): Week => ({
    counted: sums.find((row) => row.late === late)?.counted ?? 0,
    voided: sums.find((row) => row.late === late)?.voided ?? 0,
    retracted: retracted.find((row) => row.late === late)?.views ?? 0,
    leftOut: Object.fromEntries(
      leftOut.filter((row) => row.late === late).map(({ reason, views }) => [reason, views]),
    ),
  });
  return [week(true), week(false)];
}

/** Visits of the last days that were not counted, by UTC day and reason, the latest day first. */
export const readLeftOut = (db: PrismaClient, storyId: number, now: Date) => db.$queryRaw<
  { day: Date; reason: string; views: number }[]
>`
  SELECT date_trunc('day', hour, 'UTC') AS day, value AS reason, sum(views)::float8 AS views
  FROM "ViewDetailHour" WHERE "storyId" = ${storyId} AND dimension = 'excluded'
    AND hour >= date_trunc('day', ${now}::timestamptz, 'UTC') - make_interval(days => ${DAYS_SHOWN - 1}::int)
  GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC, 2`;

/** The story's views that were counted straight in Postgres during each incident, and how many of them were retracted; those it had none in are left out. */
export async function readOutageViews(db: PrismaClient, storyId: number, incidents: Incident[], now: Date) {
  if (incidents.length === 0) return [];
  const starts = incidents.map(({ from }) => new Date(from - 1000));
  const ends = incidents.map(({ to }) => new Date((to ?? now.getTime()) + 1000));
  const rows = await db.$queryRaw<{ place: number; views: number; retracted: number }[]>`
    WITH mine AS (
      (SELECT "viewedAt", false AS retracted FROM "StoryView"
       WHERE "storyId" = ${storyId} AND counted AND "window" IS NOT NULL LIMIT ${MAX_ROWS})
      UNION ALL
      (SELECT "viewedAt", true FROM "StoryView" WHERE "storyId" = ${storyId} AND "retractedAt" IS NOT NULL LIMIT ${MAX_ROWS}))
    SELECT o.place::int AS place, count(*)::float8 AS views, (count(*) FILTER (WHERE retracted))::float8 AS retracted
    FROM unnest(${starts}::timestamptz[], ${ends}::timestamptz[]) WITH ORDINALITY AS o(start, "end", place)
    JOIN mine ON mine."viewedAt" >= o.start AND mine."viewedAt" <= o."end" GROUP BY 1`;
  return incidents.flatMap((incident, i) => {
    const mine = rows.find(({ place }) => place === i + 1);
    return mine ? [{ ...incident, mine: { views: mine.views, retracted: mine.retracted } }] : [];
  });
}

/** What people did to its numbers: voided views, and repairs with their reasons, the latest first. */
export async function readInterventions(db: PrismaClient, storyId: number, slugs: string[]) {
  const [voided, repairs] = await Promise.all([
    db.voidedViews.findMany({ where: { storyId }, orderBy: { id: "desc" }, take: MAX_LISTED }),
    db.auditEvent.findMany({
      where: { target: { in: slugs.map((slug) => `story ${slug}`) }, action: "story.repair" },
      orderBy: { id: "desc" },
      take: MAX_LISTED,
      select: { id: true, at: true, reason: true, before: true, after: true },
    }),
  ]);
  const totalOf = (value: unknown) => {
    const total = (value as Record<string, unknown> | null)?.[`story ${storyId}`];
    return typeof total === "number" ? total : null;
  };
  return {
    voided: withNumbers(voided),
    repairs: repairs.map(({ id, at, reason, before, after }) => ({
      id: String(id),
      at,
      reason: reason ?? "",
      before: totalOf(before),
      after: totalOf(after),
    })),
  };
}

/** When a sync last moved views of the story, from the buffers that its newest hours came from; null if that is unknown. */
export async function readLastMove(db: PrismaClient, storyId: number): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    SELECT max(b."movedAt") AS at FROM (
      SELECT source FROM "ViewHour" WHERE kind = 'story' AND "targetId" = ${storyId} AND source LIKE 'r:%' ORDER BY hour DESC LIMIT 24
    ) h JOIN "SyncedBuffer" b ON b.birth = substr(h.source, 3)`;
  return row?.at ?? null;
}

/** Views that Redis lost in a span of time, of all stories of one story's shard. */
export async function readLost(db: PrismaClient, storyId: number, from: Date): Promise<number> {
  const { _sum } = await db.knownLoss.aggregate({
    where: { toAt: { gte: from }, OR: [{ shard: shardOf(storyId) }, { shard: null }] },
    _sum: { views: true },
  });
  return Number(_sum.views ?? 0n);
}

/** The chapters, and the story, whose totals differ from their history, as last compared. */
export const readStoryDifferences = async (db: PrismaClient, storyId: number, chapterIds: number[]) =>
  withNumbers(
    await db.historyDifference.findMany({
      where: {
        OR: [
          { kind: "story", targetId: storyId },
          { kind: "chapter", targetId: { in: chapterIds } },
        ],
      },
    }),
  );
