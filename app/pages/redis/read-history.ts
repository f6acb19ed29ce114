import { BUCKET_ORIGIN, layOut, type Series, type Span } from "~/shared/series";
import type { PrismaClient } from "../../../prisma/client/client";

export type RedisColumn = "usedBytes" | "keys" | "clients" | "opsPerSecond";

/** The latest sample of Redis in Postgres. */
export interface LastSample {
  at: Date;
  usedBytes: number;
  limitBytes: number | null;
}

/** How memory has grown lately. */
export interface Growth {
  bytesPerDay: number;
  /** The share of the changes that a straight line explains; a low one means that memory goes up and down. */
  fit: number;
  /** The time that the samples cover, s. */
  seconds: number;
}

/** Redis over a span, the highest value of each bucket: a bucket without a sample is a gap. Rejects when Postgres does not answer. */
export async function readRedisSeries(db: PrismaClient, span: Span): Promise<Series<RedisColumn>> {
  const rows = await db.$queryRaw<({ at: Date } & Record<RedisColumn, number>)[]>`
    SELECT date_bin(make_interval(secs => ${span.stepSeconds}), at, ${new Date(BUCKET_ORIGIN)}) AS at,
           max("usedBytes")::float8 AS "usedBytes", max(keys)::float8 AS keys,
           max(clients)::float8 AS clients, max("opsPerSecond")::float8 AS "opsPerSecond"
    FROM "RedisSample" r WHERE r.at >= ${new Date(span.from)} AND r.at <= ${new Date(span.to)} GROUP BY 1`;
  return layOut(
    rows.map(({ at, ...values }) => ({ at, values })),
    span,
    null,
  );
}

/** The newest sample; null when there is none. */
export async function readLastSample(db: PrismaClient): Promise<LastSample | null> {
  const last = await db.redisSample.findFirst({ orderBy: { at: "desc" } });
  return (
    last && {
      at: last.at,
      usedBytes: Number(last.usedBytes),
      limitBytes: last.limitBytes === null ? null : Number(last.limitBytes),
    }
  );
}

/** The growth of the last 24 hours, as a line through all samples; null with fewer than an hour of them. */
export async function readGrowth(db: PrismaClient, now: Date): Promise<Growth | null> {
  const [line] = await db.$queryRaw<{ slope: number | null; fit: number | null; seconds: number | null }[]>`
    SELECT regr_slope("usedBytes"::float8, extract(epoch FROM at)::float8) AS slope,
           regr_r2("usedBytes"::float8, extract(epoch FROM at)::float8) AS fit,
           extract(epoch FROM max(at) - min(at))::float8 AS seconds
    FROM "RedisSample" WHERE at >= ${new Date(now.getTime() - 86_400_000)} AND at <= ${now}`;
  if (!line || line.slope === null || (line.seconds ?? 0) < 3600) return null;
  return { bytesPerDay: line.slope * 86_400, fit: line.fit ?? 0, seconds: line.seconds ?? 0 };
}
