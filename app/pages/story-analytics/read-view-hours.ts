import { BUCKET_ORIGIN } from "~/shared/series";
import type { TargetKind } from "~/tracker/view";
import type { PrismaClient } from "../../../prisma/client/client";

export interface BucketViews {
  targetId: number;
  at: Date;
  views: number;
}

/** Counted views of some targets per bucket, summed over all sources. A bucket without a row had no views. */
export const readViewHours = (
  db: PrismaClient,
  kind: TargetKind,
  targetIds: number[],
  { from, to, stepSeconds }: { from: number; to: number; stepSeconds: number },
) => db.$queryRaw<BucketViews[]>`
  SELECT "targetId", date_bin(make_interval(secs => ${stepSeconds}), "hour", ${new Date(BUCKET_ORIGIN)}) AS at,
         sum("views")::float8 AS views
  FROM "ViewHour"
  WHERE "kind" = ${kind} AND "targetId" = ANY(${targetIds}) AND "hour" >= ${new Date(from)} AND "hour" <= ${new Date(to)}
  GROUP BY 1, 2`;

/** Counted views of some targets per target, from `from` up to but not including `to` (Unix ms). */
export async function sumViewHours(
  db: PrismaClient,
  kind: TargetKind,
  targetIds: number[],
  from: number,
  to: number,
): Promise<Map<number, number>> {
  const rows = await db.$queryRaw<{ targetId: number; views: number }[]>`
    SELECT "targetId", sum("views")::float8 AS views FROM "ViewHour"
    WHERE "kind" = ${kind} AND "targetId" = ANY(${targetIds})
      AND "hour" >= ${new Date(from)} AND "hour" < ${new Date(to)}
    GROUP BY 1`;
  return new Map(rows.map((row) => [row.targetId, row.views]));
}

/** The first hour with views of a story; null when it has none. */
export async function findFirstHour(db: PrismaClient, storyId: number): Promise<Date | null> {
  const first = await db.viewHour.aggregate({
    where: { kind: "story", targetId: storyId },
    _min: { hour: true },
  });
  return first._min.hour;
}
