import { type ComparedSeries, compareSeries } from "~/shared/compare";
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

/** A process writes a sample when its span is over, and spans start at any second: a bucket gets rows this long after its end. */
const SAMPLE_LATE_SECONDS = 15;

/** The views in Redis that wait for the sync, as the worker saw them: the most in a bucket. `lag` is the age of the oldest, seconds. */
export type BacklogColumn = "buffered" | "lag";

export interface SampleSeries {
  views: ComparedSeries<SampleColumn>;
  backlog: ComparedSeries<BacklogColumn>;
  span: Span;
}

/**
 * Views by path, their latency and the views waiting to sync over a range, with the period `compareMs` earlier where that
 * is asked for. Counts are summed over the web processes. A median of medians is not the median, so p50 is the mean of the
 * processes' medians weighted by their views; p99 is the worst of them.
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
  // A row that was thinned to an hour must not land in a bucket of ten minutes and look like a rush.
  const stepSeconds = Math.max(range.stepSeconds, coarsest?.span ?? 0);
  const span = spanOf({ ...range, stepSeconds }, now.getTime());
  // Whole buckets of either step: an earlier bucket must lie under a later one.
  const step = stepSeconds * 1000;
  const offset = compareMs === null ? null : Math.ceil(compareMs / step) * step;
  const before = offset === null ? null : shiftEarlier(span, offset);

  const [views, viewsBefore, backlog, backlogBefore] = await Promise.all([
    readViews(db, span),
    before && readViews(db, before),
    readBacklog(db, span),
    before && readBacklog(db, before),
  ]);
  return {
    views: compareSeries(views, viewsBefore, offset ?? 0),
    backlog: compareSeries(backlog, backlogBefore, offset ?? 0),
    span,
  };
}

async function readViews(db: PrismaClient, span: Span): Promise<Series<SampleColumn>> {
  const rows = await db.$queryRaw<({ at: Date } & Record<SampleColumn, number | null>)[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS at,
           sum("redis")::float8 AS redis, sum("database")::float8 AS database, sum("journal")::float8 AS journal,
           sum("duplicates")::float8 AS duplicates, sum("excluded")::float8 AS excluded,
           sum("failed")::float8 AS failed,
           sum("latencyP50Us"::float8 * seen) / nullif(sum(seen) FILTER (WHERE "latencyP50Us" IS NOT NULL), 0) AS p50,
           max("latencyP99Us")::float8 AS p99
    FROM "Sample", LATERAL (SELECT greatest(1, "redis" + "database" + "journal" + "duplicates") AS seen) AS weight
    WHERE "role" = 'web' AND "at" >= ${new Date(span.from)} AND "at" <= ${new Date(span.to)}
    GROUP BY 1`;
  return layOut(rows.map(split), span, null, SAMPLE_LATE_SECONDS);
}

async function readBacklog(db: PrismaClient, span: Span): Promise<Series<BacklogColumn>> {
  const rows = await db.$queryRaw<({ at: Date } & Record<BacklogColumn, number | null>)[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS at,
           max("buffered")::float8 AS buffered, max("lagSeconds")::float8 AS lag
    FROM "Sample"
    WHERE "buffered" IS NOT NULL AND "at" >= ${new Date(span.from)} AND "at" <= ${new Date(span.to)}
    GROUP BY 1`;
  return layOut(rows.map(split), span, null, SAMPLE_LATE_SECONDS);
}

const split = <K extends string>({ at, ...values }: { at: Date } & Record<K, number | null>) => ({
  at,
  values: values as unknown as Record<K, number | null>,
});
