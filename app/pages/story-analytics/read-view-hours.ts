import { BUCKET_ORIGIN } from "~/shared/series";
import { readDaysUntil } from "~/telemetry/roll-up/days-until";
import type { TargetKind } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1000;

export interface BucketViews {
  targetId: number;
  at: Date;
  views: number;
}

/**
 * Counted views of some targets per bucket, summed over all sources. A bucket without a row had no views. Buckets of whole days are
 * read from days that were added up, and from the hours after them.
 */
export async function readViewHours(
  db: PrismaClient,
  kind: TargetKind,
  targetIds: number[],
  { from, to, stepSeconds }: { from: number; to: number; stepSeconds: number },
): Promise<BucketViews[]> {
  const hoursFrom =
    stepSeconds % DAY_SECONDS === 0 ? await readDaysUntil(db, kind, targetIds, from) : new Date(from);
  return db.$queryRaw<BucketViews[]>`
    SELECT "targetId", date_bin(make_interval(secs => ${stepSeconds}), at, ${new Date(BUCKET_ORIGIN)}) AS at, sum(views)::float8 AS views
    FROM (
      SELECT "targetId", "hour" AS at, "views" FROM "ViewHour"
      WHERE "kind" = ${kind} AND "targetId" = ANY(${targetIds}) AND "hour" >= ${hoursFrom} AND "hour" <= ${new Date(to)}
      UNION ALL
      SELECT * FROM (
        SELECT m."targetId", m."month" + (d.place - 1) * interval '24 hours' AS at, d.views
        FROM "ViewMonth" m, unnest(m."days") WITH ORDINALITY AS d(views, place)
        WHERE m."kind" = ${kind} AND m."targetId" = ANY(${targetIds}) AND d.views IS NOT NULL
          AND m."month" >= date_trunc('month', ${new Date(from)}::timestamptz, 'UTC') AND m."month" < ${hoursFrom}
      ) AS days WHERE at >= ${new Date(from)} AND at < ${hoursFrom}
    ) AS views
    GROUP BY 1, 2`;
}

/** Counted views of a target in each bucket: `starts` (Unix ms, rising) are their starts, and `to`, not included, ends the last one. */
export async function readBuckets(
  db: PrismaClient,
  kind: TargetKind,
  targetId: number,
  { starts, to }: { starts: number[]; to: number },
): Promise<number[]> {
  const [from = to] = starts;
  const isDays = starts.every((start) => start % DAY_MS === 0);
  const daysUntil = isDays ? await readDaysUntil(db, kind, [targetId], from) : new Date(from);
  // Of a day that the range does not have in full, the hours are read.
  const hoursFrom = new Date(Math.min(daysUntil.getTime(), Math.max(from, Math.floor(to / DAY_MS) * DAY_MS)));
  const rows = await db.$queryRaw<{ place: number; views: number }[]>`
    SELECT width_bucket(at, ${starts.map((start) => new Date(start))}::timestamptz[]) - 1 AS place, sum(views)::float8 AS views
    FROM (
      SELECT "hour" AS at, "views" FROM "ViewHour"
      WHERE "kind" = ${kind} AND "targetId" = ${targetId} AND "hour" >= ${hoursFrom} AND "hour" < ${new Date(to)}
      UNION ALL
      SELECT * FROM (
        SELECT m."month" + (d.place - 1) * interval '24 hours' AS at, d.views
        FROM "ViewMonth" m, unnest(m."days") WITH ORDINALITY AS d(views, place)
        WHERE m."kind" = ${kind} AND m."targetId" = ${targetId} AND d.views IS NOT NULL
          AND m."month" >= date_trunc('month', ${new Date(from)}::timestamptz, 'UTC') AND m."month" < ${hoursFrom}
      ) AS days WHERE at >= ${new Date(from)} AND at < ${hoursFrom}
    ) AS views
    GROUP BY 1`;
  const views = starts.map(() => 0);
  for (const row of rows) views[row.place] = row.views;
  return views;
}

/** The first hour with views of a story; null when it has none. */
export async function findFirstHour(db: PrismaClient, storyId: number): Promise<Date | null> {
  // Not Prisma's aggregate, whose subquery reads all hours of the story.
  const first = await db.viewHour.findFirst({
    where: { kind: "story", targetId: storyId },
    orderBy: { hour: "asc" },
    select: { hour: true },
  });
  return first?.hour ?? null;
}
