import { BUCKET_ORIGIN, layOut, type Series, type Span } from "~/shared/series";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { SourceGroup } from "./group-sources";
import { detailsIn } from "./read-story-details";

/** The views of each group over time. The database adds them up, so a story with many sources costs no more to draw. */
export async function readSourceSeries(
  db: PrismaClient,
  storyId: number,
  groups: SourceGroup[],
  span: Span,
): Promise<Series> {
  const zeros = Object.fromEntries(groups.map(({ key }) => [key, 0]));
  if (groups.length === 0) return layOut([], span, zeros);
  const values = groups.flatMap(({ sources }) => sources);
  const keys = groups.flatMap(({ key, sources }) => sources.map(() => key));
  const rows = await db.$queryRaw<{ at: Date; key: string; views: number }[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), d.at, ${new Date(BUCKET_ORIGIN)}) AS at, g.key, sum(d.views)::float8 AS views
    FROM (${await detailsIn(db, storyId, span)}) AS d
    JOIN unnest(${values}::text[], ${keys}::text[]) AS g(value, key) ON g.value = d.value AND d.dimension = 'referrer'
    GROUP BY 1, 2`;
  const buckets = new Map<number, Record<string, number>>();
  for (const { at, key, views } of rows) {
    const bucket = buckets.get(at.getTime()) ?? { ...zeros };
    buckets.set(at.getTime(), bucket);
    bucket[key] = views;
  }
  return layOut(
    [...buckets].map(([at, values]) => ({ at: new Date(at), values })),
    span,
    zeros,
  );
}
