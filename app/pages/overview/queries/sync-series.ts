import { BUCKET_ORIGIN, layOut, type Series, type Span } from "~/shared/series";
import { parseTrigger } from "~/telemetry/sync-trigger";
import type { PrismaClient } from "../../../../prisma/client/client";

/** The slowest run that started in a bucket (ms), the views that the bucket's runs moved, and how many of them failed. */
export type SyncColumn = "duration" | "moved" | "failed";

export interface SyncEvent {
  /** Unix ms. */
  at: number;
  /** A scheduled run, a requested one, one that failed, or one that was due and did not start. */
  kind: "scheduled" | "requested" | "failed" | "missed";
}

export interface SyncSeries {
  series: Series<SyncColumn>;
  /** Empty when there are too many to tell apart. */
  events: SyncEvent[];
  runs: number;
}

const MAX_EVENTS = 60;

/** The runs of the sync over a span, by bucket, and the scheduled runs that were missed. */
export async function readSyncSeries(
  db: PrismaClient,
  span: Span,
  intervalSeconds: number,
  now: number,
): Promise<SyncSeries> {
  const [rows, starts] = await Promise.all([
    db.$queryRaw<({ at: Date; runs: number } & Record<SyncColumn, number | null>)[]>`
      SELECT date_bin(make_interval(secs => ${span.stepSeconds}), "startedAt", ${new Date(BUCKET_ORIGIN)}) AS at,
             count(*)::float8 AS runs,
             max(extract(epoch FROM "endedAt" - "startedAt") * 1000) FILTER (WHERE "error" IS NULL)::float8 AS duration,
             sum("views")::float8 AS moved, count("error")::float8 AS failed
      FROM "SyncRun" WHERE "startedAt" >= ${new Date(span.from)} AND "startedAt" <= ${new Date(span.to)}
      GROUP BY 1`,
    db.syncRun.findMany({
      where: { startedAt: { gte: new Date(span.from), lte: new Date(span.to) } },
      orderBy: { startedAt: "asc" },
      take: MAX_EVENTS + 1,
      select: { startedAt: true, trigger: true, error: true },
    }),
  ]);
  const events = starts.map(({ startedAt, trigger, error }) => ({
    at: startedAt.getTime(),
    kind: error
      ? ("failed" as const)
      : parseTrigger(trigger)?.type === "schedule"
        ? ("scheduled" as const)
        : ("requested" as const),
  }));
  const shown = [...events, ...missed(events, intervalSeconds, Math.min(span.to, now))];
  return {
    // A bucket without a run is not a gap in the reports: there was nothing to measure.
    series: layOut(
      rows.map(({ at, runs: _, ...values }) => ({ at, values })),
      span,
      null,
    ),
    events: shown.length > MAX_EVENTS ? [] : shown.sort((a, b) => a.at - b.at),
    runs: rows.reduce((sum, row) => sum + row.runs, 0),
  };
}

/** When a scheduled run was due and none started within half an interval, after which the next due time is closer. */
export function missed(events: SyncEvent[], intervalSeconds: number, until: number): SyncEvent[] {
  const interval = intervalSeconds * 1000;
  const scheduled = events.filter(({ kind }) => kind !== "requested");
  return scheduled.flatMap(({ at }, position) => {
    const next = scheduled[position + 1]?.at ?? until;
    const found: SyncEvent[] = [];
    for (let due = at + interval; due < next - interval / 2; due += interval)
      found.push({ at: due, kind: "missed" });
    return found;
  });
}
