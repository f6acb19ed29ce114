import { addBuckets, LATENCY_BOUNDS_US } from "~/shared/histogram";
import { FAST_WITHIN_US, type ObjectiveKey, type Tally } from "~/shared/objectives";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";
import { bucketSums } from "../roll-up/samples";
import { readRolledUntil } from "../roll-up/until";

export type Tallies = Record<ObjectiveKey, Tally>;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface SampleSums {
  /** Views that reached a store, repeats included. */
  answered: number;
  /** Views that no store took. */
  failed: number;
  latency: number[];
  judged: number;
  fresh: number;
}

const SUMS = Prisma.raw(`
  COALESCE(sum("redis" + "database" + "journal" + "duplicates") FILTER (WHERE web), 0)::float8 AS answered,
  COALESCE(sum("failed") FILTER (WHERE web), 0)::float8 AS failed,
  ${bucketSums(" FILTER (WHERE web)")}::float8[] AS latency,
  COALESCE(sum("judgedSeconds"), 0)::float8 AS judged, COALESCE(sum("freshSeconds"), 0)::float8 AS fresh`);

const COLUMNS = Prisma.raw(
  `"redis", "database", "journal", "duplicates", "failed", "latencyBuckets", "judgedSeconds", "freshSeconds"`,
);

/**
 * Each objective's tally of every UTC day of the last `days`, oldest first, up to `now`. A day without reports has tallies of nothing. Views
 * that Redis lost count against the day on which they were last known to be there.
 */
export async function readDailyTallies(
  db: PrismaClient,
  now: Date,
  days: number,
): Promise<{ day: Date; tallies: Tallies }[]> {
  const from = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS);
  const until = clamp(await readRolledUntil(db, "samples"), from.getTime(), now.getTime());
  const wholeDays = new Date(from.getTime() + Math.floor((until - from.getTime()) / DAY_MS) * DAY_MS);
  const [rows, losses] = await Promise.all([
    db.$queryRaw<(SampleSums & { day: Date })[]>`
      SELECT date_trunc('day', "at", 'UTC') AS day, ${SUMS} FROM (
        SELECT "at", "reports" > 0 AS web, ${COLUMNS} FROM "SampleTotal"
        WHERE "span" = 86400 AND "at" >= ${from} AND "at" < ${wholeDays}
          OR "span" = 3600 AND "at" >= ${wholeDays} AND "at" < ${new Date(until)}
        UNION ALL
        SELECT "at", "role" = 'web', ${COLUMNS} FROM "Sample" WHERE "at" >= ${new Date(until)} AND "at" <= ${now}
      ) AS tiers GROUP BY 1`,
    db.$queryRaw<{ day: Date; views: number }[]>`
      SELECT date_trunc('day', "toAt", 'UTC') AS day, sum("views")::float8 AS views FROM "KnownLoss"
      WHERE "toAt" >= ${from} AND "toAt" <= ${now} GROUP BY 1`,
  ]);
  return Array.from({ length: days }, (_, i) => {
    const day = new Date(from.getTime() + i * DAY_MS);
    const ofDay = <Row extends { day: Date }>(row: Row) => row.day.getTime() === day.getTime();
    return { day, tallies: talliesOf(rows.find(ofDay), losses.find(ofDay)?.views ?? 0) };
  });
}

/** Each objective's tallies over the last so many seconds, one for each number in `windows`. */
export async function readRecentTallies(
  db: PrismaClient,
  now: Date,
  windows: readonly number[],
): Promise<Tallies[]> {
  const until = await readRolledUntil(db, "samples");
  return Promise.all(
    windows.map(async (seconds) => {
      const from = now.getTime() - seconds * 1000;
      // Rows of minutes begin with a minute: a window of hours may begin up to a minute early.
      const start = new Date(Math.floor(from / MINUTE_MS) * MINUTE_MS);
      const rolled = new Date(clamp(until, start.getTime(), now.getTime()));
      const [[sums], { _sum: lost }] = await Promise.all([
        db.$queryRaw<SampleSums[]>`
          SELECT ${SUMS} FROM (
            SELECT "reports" > 0 AS web, ${COLUMNS} FROM "SampleTotal"
            WHERE "span" = 60 AND "at" >= ${start} AND "at" < ${rolled}
            UNION ALL
            SELECT "role" = 'web', ${COLUMNS} FROM "Sample" WHERE "at" >= ${rolled > start ? rolled : new Date(from)} AND "at" <= ${now}
          ) AS tiers`,
        db.knownLoss.aggregate({
          where: { toAt: { gte: new Date(from), lte: now } },
          _sum: { views: true },
        }),
      ]);
      return talliesOf(sums, Number(lost.views ?? 0));
    }),
  );
}

function talliesOf(sums: SampleSums | undefined, lost: number): Tallies {
  const { answered = 0, failed = 0, latency = [], judged = 0, fresh = 0 } = sums ?? {};
  const measured = addBuckets([latency]);
  const count = (buckets: number[]) => buckets.reduce((sum, views) => sum + views, 0);
  return {
    // Lost views may be those of a time without samples.
    viewsKept: { total: Math.max(answered + failed, lost), bad: failed + lost },
    viewsFast: {
      total: count(measured),
      bad: count(measured.slice(LATENCY_BOUNDS_US.indexOf(FAST_WITHIN_US) + 1)),
    },
    historyFresh: { total: judged, bad: judged - fresh },
  };
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
