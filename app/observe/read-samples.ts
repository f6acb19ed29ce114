import type { PrismaClient } from "../../prisma/client/client";
import { BUCKET_ORIGIN, layOut, type SampleRange, type Series, spanOf } from "./series";

/** What the web processes say of one bucket, together. Counts are views; latencies are microseconds. */
export type SampleColumn =
  | "redis"
  | "database"
  | "journal"
  | "duplicates"
  | "excluded"
  | "failed"
  | "p50"
  | "p99";

/** A process writes what it saw when the span is over, and its spans begin when it likes. */
const SAMPLE_LATE_SECONDS = 15;

/**
 * Views by path and their latency over a range, summed over the web processes. A median of medians is not the median,
 * so p50 is the mean of the processes' medians weighted by their views; p99 is the worst of them.
 */
export async function readSamples(
  db: PrismaClient,
  range: SampleRange,
  now: Date,
): Promise<Series<SampleColumn>> {
  const wanted = spanOf(range, now.getTime());
  const [coarsest] = await db.$queryRaw<{ span: number | null }[]>`
    SELECT max("span")::int AS span FROM "Sample" WHERE "at" >= ${new Date(wanted.from)} AND "role" = 'web'`;
  // Rows that were thinned to an hour must not land in one bucket of ten minutes and look like a rush.
  const stepSeconds = Math.max(range.stepSeconds, coarsest?.span ?? 0);
  const span = spanOf({ seconds: range.seconds, stepSeconds }, now.getTime());

  const rows = await db.$queryRaw<({ at: Date } & Record<SampleColumn, number | null>)[]>`
    SELECT date_bin(make_interval(secs => ${stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS at,
           sum("redis")::float8 AS redis, sum("database")::float8 AS database, sum("journal")::float8 AS journal,
           sum("duplicates")::float8 AS duplicates, sum("excluded")::float8 AS excluded,
           sum("failed")::float8 AS failed,
           sum("latencyP50Us"::float8 * seen) / nullif(sum(seen) FILTER (WHERE "latencyP50Us" IS NOT NULL), 0) AS p50,
           max("latencyP99Us")::float8 AS p99
    FROM "Sample", LATERAL (SELECT greatest(1, "redis" + "database" + "journal" + "duplicates") AS seen) AS weight
    WHERE "role" = 'web' AND "at" >= ${new Date(span.from)} AND "at" <= ${now}
    GROUP BY 1`;
  return layOut(
    rows.map(({ at, ...values }) => ({ at, values })),
    span,
    null,
    SAMPLE_LATE_SECONDS,
  );
}
