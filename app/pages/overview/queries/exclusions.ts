import { EXCLUSIONS } from "~/shared/labels";
import { BUCKET_ORIGIN, layOut, type SampleRange, type Series, type Span, spanOf } from "~/shared/series";
import { staleHours } from "~/telemetry/roll-up/exclusions";
import { readRolledUntil } from "~/telemetry/roll-up/until";
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
  const rows = await readRows(db, span);
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

/** Hours that have changed since they were added up are read from the rows of every story. */
async function readRows(db: PrismaClient, { from, to, stepSeconds }: Span) {
  const rolledUntil = await readRolledUntil(db, "exclusions");
  const [start, end, origin] = [new Date(from), new Date(to), new Date(BUCKET_ORIGIN)];
  type Row = { at: Date; value: Exclusion; views: number };
  if (!Number.isFinite(rolledUntil))
    return db.$queryRaw<Row[]>`
      SELECT date_bin(make_interval(secs => ${stepSeconds}), "hour", ${origin}) AS at, "value", sum("views")::float8 AS views
      FROM "ViewDetailHour" WHERE "dimension" = 'excluded' AND "hour" >= ${start} AND "hour" <= ${end} GROUP BY 1, 2`;
  return db.$queryRawUnsafe<Row[]>(
    `WITH stale AS MATERIALIZED (SELECT hour FROM (${staleHours("$4::timestamptz")}) s WHERE hour >= $2 AND hour <= $3)
     SELECT date_bin(make_interval(secs => $5), hour, $1) AS at, value, sum(views)::float8 AS views
     FROM (
       SELECT hour, reason AS value, views FROM "ExclusionHour"
       WHERE hour >= $2 AND hour <= $3 AND hour NOT IN (SELECT hour FROM stale)
       UNION ALL
       SELECT d.hour, d.value, d.views FROM stale JOIN "ViewDetailHour" d ON d.hour = stale.hour AND d.dimension = 'excluded'
     ) h GROUP BY 1, 2`,
    origin,
    start,
    end,
    new Date(rolledUntil),
    stepSeconds,
  );
}
