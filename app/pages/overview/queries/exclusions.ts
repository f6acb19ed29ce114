import { EXCLUSIONS } from "~/shared/labels";
import { BUCKET_ORIGIN, layOut, type SampleRange, type Series, spanOf } from "~/shared/series";
import type { Exclusion } from "~/tracker/outcome";
import type { PrismaClient } from "../../../../prisma/client/client";

/** Reasons are kept per hour, so ranges shorter than this, seconds, show only their sum (from samples). */
const SHORTEST_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

/** Why visits were not counted, per hour or longer, over all stories; null for ranges that are too short. */
export async function readExclusions(
  db: PrismaClient,
  range: SampleRange,
  now: Date,
): Promise<Series<Exclusion> | null> {
  if (range.seconds < SHORTEST_SECONDS) return null;
  const span = spanOf({ ...range, stepSeconds: Math.max(range.stepSeconds, HOUR_SECONDS) }, now.getTime());
  const rows = await db.$queryRaw<{ at: Date; value: Exclusion; views: number }[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "hour", ${new Date(BUCKET_ORIGIN)}) AS at,
           "value", sum("views")::float8 AS views
    FROM "ViewDetailHour"
    WHERE "dimension" = 'excluded' AND "hour" >= ${new Date(span.from)} AND "hour" <= ${new Date(span.to)}
    GROUP BY 1, 2`;
  const none = Object.fromEntries(EXCLUSIONS.map((reason) => [reason, 0])) as Record<Exclusion, number>;
  const buckets = new Map<number, Record<Exclusion, number>>();
  for (const { at, value, views } of rows) {
    const bucket = buckets.get(at.getTime()) ?? { ...none };
    bucket[value] = views;
    buckets.set(at.getTime(), bucket);
  }
  return layOut(
    [...buckets].map(([at, values]) => ({ at: new Date(at), values })),
    span,
    none,
  );
}
