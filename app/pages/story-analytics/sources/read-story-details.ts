import type { Span } from "~/shared/series";
import { readDaysUntil } from "~/telemetry/roll-up/days-until";
import { DAY_MS } from "~/tracker/window";
import { Prisma, type PrismaClient } from "../../../../prisma/client/client";

export type Dimension = "referrer" | "device" | "excluded";

export interface Detail {
  value: string;
  views: number;
}

/** A story's views by referrer and by device, and its visits that were not counted by reason; largest first. */
export async function readStoryDetails(
  db: PrismaClient,
  storyId: number,
  span: Pick<Span, "from" | "to">,
): Promise<Record<Dimension, Detail[]>> {
  const rows = await db.$queryRaw<(Detail & { dimension: string })[]>`
    SELECT dimension, value, sum(views)::float8 AS views FROM (${await detailsIn(db, storyId, span)}) AS details
    GROUP BY 1, 2 HAVING sum(views) > 0 ORDER BY 3 DESC, 2`;
  const of = (dimension: Dimension) =>
    rows.filter((row) => row.dimension === dimension).map(({ value, views }) => ({ value, views }));
  return { referrer: of("referrer"), device: of("device"), excluded: of("excluded") };
}

/** A story's details over a span as a query of `at`, `dimension`, `value` and `views`: hours, or days where they were added up. */
export async function detailsIn(
  db: PrismaClient,
  storyId: number,
  { from, to }: Pick<Span, "from" | "to">,
): Promise<Prisma.Sql> {
  const hoursFrom = from % DAY_MS === 0 ? await readDaysUntil(db, "detail", [storyId], from) : new Date(from);
  const start = new Date(from);
  return Prisma.sql`
    SELECT "hour" AS at, "dimension", "value", "views" FROM "ViewDetailHour"
    WHERE "storyId" = ${storyId} AND "hour" >= ${hoursFrom} AND "hour" <= ${new Date(to)}
    UNION ALL
    SELECT m."month" + (d.place - 1) * interval '24 hours', m."dimension", m."value", d.views
    FROM "ViewDetailMonth" m, unnest(m."days") WITH ORDINALITY AS d(views, place)
    WHERE m."storyId" = ${storyId} AND d.views IS NOT NULL AND m."month" >= date_trunc('month', ${start}::timestamptz, 'UTC') AND m."month" < ${hoursFrom}
      AND m."month" + (d.place - 1) * interval '24 hours' >= ${start} AND m."month" + (d.place - 1) * interval '24 hours' < ${hoursFrom}`;
}
