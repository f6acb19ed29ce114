import { quantile } from "~/shared/histogram";
import { type Series, total } from "~/shared/series";
import { readRolledUntil } from "~/telemetry/roll-up/until";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { OverviewPanel } from "../overview-panel";
import { readBuckets, type SampleColumn } from "../queries/samples";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const ALERT_DAYS = 14;

type Values = (number | null)[];

/** The numbers of the strip below the status, whatever range the page shows. Each list is for its sparkline. */
export interface Figures {
  /** Views per second in the last whole minute; null without a report. */
  perSecond: number | null;
  /** Views per minute, of the last hour. */
  perMinute: Values;
  /** Views since midnight UTC, and those of the same day a week before up to the same time; null without reports. */
  today: number | null;
  weekBefore: number | null;
  /** Views per hour, today. */
  perHour: Values;
  /** The share of the last hour's views that was counted in Redis, 0 to 1; null without views. */
  redisShare: number | null;
  redisShares: Values;
  /** 99% of the last hour's views took less, µs; null without views. */
  p99Us: number | null;
  p99s: Values;
  /** Views waiting to sync, of the last hour. */
  unsynced: Values;
  /** Alerts that fired per UTC day, of the last two weeks. */
  alertsPerDay: number[];
}

/** The strip of figures. */
export const figures: OverviewPanel<Figures> = {
  name: "The figures",
  rereadAfter: ["sample", "alert"],
  read: ({ db }, _selection, now) => readFigures(db, now.getTime()),
};

async function readFigures(db: PrismaClient, now: number): Promise<Figures> {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  const rolledUntil = await readRolledUntil(db, "samples");
  const from = Math.floor((now - HOUR_MS) / MINUTE_MS) * MINUTE_MS;
  const day = (start: number, to: number) =>
    readBuckets(db, { from: start, to, stepSeconds: 3600 }, rolledUntil).then(({ views }) => views);
  const [hour, today, weekBefore, alertsPerDay] = await Promise.all([
    readBuckets(db, { from, to: now, stepSeconds: 60 }, rolledUntil),
    day(midnight, now),
    day(midnight - WEEK_MS, now - WEEK_MS),
    readAlertsPerDay(db, midnight),
  ]);
  const { views, unsynced, latency } = hour;
  const perMinute = views.points.map(({ values }) => values && viewsOf(values));
  const finished = views.points.findLastIndex((point) => !point.unfinished);
  const all = sumOf(views);
  const lastMinute = perMinute[finished] ?? null;
  return {
    perSecond: lastMinute === null ? null : lastMinute / 60,
    perMinute,
    today: sumOf(today),
    weekBefore: sumOf(weekBefore),
    perHour: today.points.map(({ values }) => values && viewsOf(values)),
    redisShare: all ? total(views, "redis") / all : null,
    redisShares: views.points.map(({ values }) => {
      const sum = values ? viewsOf(values) : 0;
      return sum ? (values?.redis ?? 0) / sum : null;
    }),
    p99Us: quantile(0.99, latency),
    p99s: views.points.map(({ values }) => values?.p99 ?? null),
    unsynced: unsynced.points.map(({ values }) => values?.unsynced ?? null),
    alertsPerDay,
  };
}

const viewsOf = (values: Record<SampleColumn, number | null>) =>
  (values.redis ?? 0) + (values.database ?? 0) + (values.journal ?? 0);

/** All views of a series; null where no process reported at all. */
function sumOf(series: Series<SampleColumn>): number | null {
  const known = series.points.flatMap(({ values }) => (values ? [viewsOf(values)] : []));
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

async function readAlertsPerDay(db: PrismaClient, midnight: number): Promise<number[]> {
  const from = midnight - (ALERT_DAYS - 1) * DAY_MS;
  const rows = await db.$queryRaw<{ day: number; alerts: number }[]>`
    SELECT floor(extract(epoch FROM "firedAt" - ${new Date(from)}::timestamptz) / 86400)::int AS day, count(*)::int AS alerts
    FROM "Alert" WHERE "firedAt" >= ${new Date(from)} GROUP BY 1`;
  const days = new Map(rows.map(({ day, alerts }) => [day, alerts]));
  return Array.from({ length: ALERT_DAYS }, (_, day) => days.get(day) ?? 0);
}
