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
import { bucketSums } from "~/telemetry/roll-up/samples";
import { readRolledUntil } from "~/telemetry/roll-up/until";
import { Prisma, type PrismaClient } from "../../../../prisma/client/client";

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
  /** 99% of the range's views took less, µs. */
  p99Us: number | null;
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
  const [coarsest, rolledUntil] = await Promise.all([
    readOldestSpan(db, wanted.from - (compareMs ?? 0), wanted.to),
    readRolledUntil(db, "samples"),
  ]);
  // A row that was thinned to an hour must not fall into a bucket of ten minutes and look like a spike.
  const stepSeconds = Math.max(range.stepSeconds, coarsest);
  const span = spanOf({ ...range, stepSeconds }, now.getTime());
  // A whole number of buckets, so that earlier buckets line up with later ones.
  const step = stepSeconds * 1000;
  const offset = compareMs === null ? null : Math.ceil(compareMs / step) * step;
  const before = offset === null ? null : shiftEarlier(span, offset);

  const [current, earlier] = await Promise.all([
    readBuckets(db, span, rolledUntil),
    before && readBuckets(db, before, rolledUntil),
  ]);
  return {
    views: compareSeries(current.views, earlier?.views ?? null, offset ?? 0),
    unsynced: compareSeries(current.unsynced, earlier?.unsynced ?? null, offset ?? 0),
    medianUs: quantile(0.5, current.latency),
    p99Us: quantile(0.99, current.latency),
    span,
  };
}

/** The length, seconds, of the oldest sample in a range. They are thinned by age, so it is the coarsest. 0 without any. */
async function readOldestSpan(db: PrismaClient, from: number, to: number): Promise<number> {
  const oldest = await db.sample.findFirst({
    where: { at: { gte: new Date(from), lte: new Date(to) }, role: "web" },
    orderBy: { at: "asc" },
    select: { span: true },
  });
  return oldest?.span ?? 0;
}

type BucketRow = {
  at: Date;
  /** Samples of web processes; 0 when only workers reported. */
  reports: number;
  latency: number[];
} & Record<Exclude<SampleColumn, "p50" | "p99">, number> &
  Record<UnsyncedColumn, number | null>;

const WEB = ` FILTER (WHERE "reports" > 0)`;
const viewSums = ["redis", "database", "journal", "duplicates", "excluded", "failed"]
  .map((path) => `COALESCE(sum("${path}")${WEB}, 0)::float8 AS ${path}`)
  .join(", ");

/** Views by path, latencies and what waits to sync over a span, in one reading: days and hours that were added up already, and the samples after them. */
export async function readBuckets(db: PrismaClient, span: Span, rolledUntil: number) {
  const { days, hours, minutes, rest } = planTiers(span, rolledUntil);
  const rows = await db.$queryRaw<BucketRow[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "at", ${new Date(BUCKET_ORIGIN)}) AS at,
           sum("reports")::int AS reports,
           ${Prisma.raw(viewSums)},
           ${Prisma.raw(bucketSums(WEB))}::float8[] AS latency,
           max("buffered")::float8 AS unsynced, max("lagSeconds") FILTER (WHERE "buffered" IS NOT NULL)::float8 AS lag
    FROM (
      SELECT "at", "reports", "redis", "database", "journal", "duplicates", "excluded", "failed", "latencyBuckets", "buffered", "lagSeconds"
      FROM "SampleTotal"
      WHERE "span" = 86400 AND "at" >= ${days.from} AND "at" < ${days.to}
        OR "span" = 3600 AND "at" >= ${hours.from} AND "at" < ${hours.to}
        OR "span" = 60 AND "at" >= ${minutes.from} AND "at" < ${minutes.to}
      UNION ALL
      -- Of a worker's samples only what waits to sync counts: its views are those that it replayed.
      SELECT "at", ("role" = 'web')::int, "redis", "database", "journal", "duplicates", "excluded", "failed", "latencyBuckets", "buffered", "lagSeconds"
      FROM "Sample" WHERE "at" >= ${rest.from} AND "at" <= ${rest.to}
    ) AS tiers
    GROUP BY 1`;
  const views: Series<SampleColumn> = layOut(
    rows
      .filter(({ reports }) => reports > 0)
      .map(({ at, reports: _, latency, unsynced: __, lag: ___, ...counts }) => ({
        at,
        values: { ...counts, p50: quantile(0.5, latency), p99: quantile(0.99, latency) },
      })),
    span,
    null,
    SAMPLE_LATE_SECONDS,
  );
  const unsynced: Series<UnsyncedColumn> = layOut(
    rows
      .filter((row) => row.unsynced !== null)
      .map(({ at, unsynced: waiting, lag }) => ({ at, values: { unsynced: waiting, lag } })),
    span,
    null,
    SAMPLE_LATE_SECONDS,
  );
  return { views, unsynced, latency: addBuckets(rows.map(({ latency }) => latency)) };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Which part of a span is read from where: days that were added up, then hours, then minutes, then samples (`to` included). A bucket
 * is made of whole rows, so a step of an hour cannot be read from days, nor one of ten seconds from anything but samples.
 */
export function planTiers({ from, to, stepSeconds }: Span, rolledUntil: number) {
  const step = stepSeconds * 1000;
  const endOf = (ms: number) =>
    step % ms === 0 && rolledUntil > from ? Math.floor(Math.min(rolledUntil, to + 1) / ms) * ms : from;
  const daysTo = Math.max(from, endOf(DAY_MS));
  const hoursTo = Math.max(daysTo, endOf(HOUR_MS));
  // After the last whole hour come samples: minutes are not kept for as long as hours.
  const minutesTo = step % HOUR_MS === 0 ? hoursTo : endOf(MINUTE_MS);
  const tier = (start: number, end: number) => ({ from: new Date(start), to: new Date(end) });
  return {
    days: tier(from, daysTo),
    hours: tier(daysTo, hoursTo),
    minutes: tier(hoursTo, minutesTo),
    rest: tier(minutesTo, to),
  };
}
