import { type ComparedSeries, compareSeries } from "~/shared/compare";
import { addBuckets, quantile } from "~/shared/histogram";
import {
  BUCKET_ORIGIN,
  layOut,
  type SampleRange,
  type Series,
  type Span,
  shiftEarlier,
  spanOf,
} from "~/shared/series";
import type { PrismaClient } from "../../../../prisma/client/client";

/** The web processes' samples of one bucket, combined. Counts are views; latencies are microseconds. */
export type SampleColumn =
  | "redis"
  | "database"
  | "journal"
  | "duplicates"
  | "excluded"
  | "failed"
  | "p50"
  | "p99";

/** A process writes a sample when its span ends, and spans start at any second: a bucket can get rows until this long after its end. */
const SAMPLE_LATE_SECONDS = 15;

/** Views waiting to sync, as the worker saw them: the highest number per bucket. `lag` is the age of the oldest, seconds. */
export type UnsyncedColumn = "unsynced" | "lag";

export interface SampleSeries {
  views: ComparedSeries<SampleColumn>;
  unsynced: ComparedSeries<UnsyncedColumn>;
  /** The median latency of the whole range, µs; null when nothing was measured. */
  medianUs: number | null;
  span: Span;
}

/**
 * Views by path, their latency and the views waiting to sync over a range; with `compareMs`, also for the period that much
 * earlier. Counts are summed over the web processes. So are latencies, as counts per bucket, from which p50 and p99 are
 * read.
 */
export async function readSamples(
  db: PrismaClient,
  range: SampleRange,
  now: Date,
  compareMs: number | null = null,
): Promise<SampleSeries> {
  const wanted = spanOf(range, now.getTime());
  const [coarsest] = await db.$queryRaw<{ span: number | null }[]>`
    SELECT max("span")::int AS span FROM "Sample"
    WHERE "at" >= ${new Date(wanted.from - (compareMs ?? 0))} AND "at" <= ${new Date(wanted.to)} AND "role" = 'web'`;
  // A row that was thinned to an hour must not fall into a bucket of ten minutes and look like a spike.
  const stepSeconds = Math.max(range.stepSeconds, coarsest?.span ?? 0);
  const span = spanOf({ ...range, stepSeconds }, now.getTime());
  // A whole number of buckets, so that earlier buckets line up with later ones.
  const step = stepSeconds * 1000;
  const offset = compareMs === null ? null : Math.ceil(compareMs / step) * step;
  const before = offset === null ? null : shiftEarlier(span, offset);

  const [views, viewsBefore, unsynced, unsyncedBefore] = await Promise.all([
    readViews(db, span),
    before && readViews(db, before),
    readUnsyncedSeries(db, span),
    before && readUnsyncedSeries(db, before),
  ]);
  return {
    views: compareSeries(views.series, viewsBefore?.series ?? null, offset ?? 0),
    unsynced: compareSeries(unsynced, unsyncedBefore, offset ?? 0),
    medianUs: quantile(0.5, views.latency),
    span,
  };
}

async function readViews(db: PrismaClient, span: Span) {
  const rows = await db.$queryRaw<
    ({ at: Date; latency: number[] | null } & Record<Exclude<SampleColumn, "p50" | "p99">, number>)[]
  >`
    WITH binned AS (
      SELECT *, date_bin(make_interval(secs => ${span.stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS bin
      FROM "Sample"
      WHERE "role" = 'web' AND "at" >= ${new Date(span.from)} AND "at" <= ${new Date(span.to)}
    ), latencies AS (
      SELECT bin, array_agg(views ORDER BY place) AS latency
      FROM (
        SELECT bin, place, sum(views)::float8 AS views
        FROM binned, unnest("latencyBuckets") WITH ORDINALITY AS bucket(views, place) GROUP BY bin, place
      ) AS summed GROUP BY bin
    )
    SELECT bin AS at, latency,
           sum("redis")::float8 AS redis, sum("database")::float8 AS database, sum("journal")::float8 AS journal,
           sum("duplicates")::float8 AS duplicates, sum("excluded")::float8 AS excluded,
           sum("failed")::float8 AS failed
    FROM binned LEFT JOIN latencies USING (bin)
    GROUP BY bin, latency`;
  const measured = rows.map(({ at, latency, ...counts }) => ({
    at,
    values: { ...counts, p50: quantile(0.5, latency ?? []), p99: quantile(0.99, latency ?? []) },
  }));
  const series: Series<SampleColumn> = layOut(measured, span, null, SAMPLE_LATE_SECONDS);
  return { series, latency: addBuckets(rows.map(({ latency }) => latency ?? [])) };
}

async function readUnsyncedSeries(db: PrismaClient, span: Span): Promise<Series<UnsyncedColumn>> {
  const rows = await db.$queryRaw<({ at: Date } & Record<UnsyncedColumn, number | null>)[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS at,
           max("buffered")::float8 AS unsynced, max("lagSeconds")::float8 AS lag
    FROM "Sample"
    WHERE "buffered" IS NOT NULL AND "at" >= ${new Date(span.from)} AND "at" <= ${new Date(span.to)}
    GROUP BY 1`;
  return layOut(rows.map(split), span, null, SAMPLE_LATE_SECONDS);
}

const split = <K extends string>({ at, ...values }: { at: Date } & Record<K, number | null>) => ({
  at,
  values: values as unknown as Record<K, number | null>,
});
