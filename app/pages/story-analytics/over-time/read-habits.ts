import { addUnits, bucketStarts, HOUR_MS, unitStart, zoneClock } from "~/shared/calendar";
import { formatCount, formatDay } from "~/shared/format";
import type { TargetKind } from "~/tracker/view";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { StorySpan } from "../read-span";
import { readBuckets } from "../read-view-hours";
import { clockStretches, countWeekHours, formatMean, HABIT_DAYS, WEEK_HOURS } from "./week-hours";

/** When a story or chapter is read, in the editor's zone. */
export interface Habits {
  /** In words; empty where there were no views. */
  best: string[];
  /** The mean number of views in each hour of the week, Monday 00:00 first; null for hours that the range does not have. */
  week: (number | null)[];
  /** They are of the last HABIT_DAYS days of a longer range. */
  isRecent: boolean;
}

const DAYS = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/** The best day and hour of a range, or of its last HABIT_DAYS days, and its views by hour of the week. The hour that has not ended is left out of the means. */
export async function readHabits(
  db: PrismaClient,
  kind: TargetKind,
  targetId: number,
  { zone, from, to }: Pick<StorySpan, "zone" | "from" | "to">,
  now: number,
): Promise<Habits> {
  const clock = zoneClock(zone);
  const firstDay = addUnits(unitStart(clock.wallOf(to - 1), "day"), "day", 1 - HABIT_DAYS);
  const span = { zone, from: Math.max(from, clock.hourAt(firstDay)), to };
  const days = bucketStarts(clock, "day", span.from, span.to);
  const [views, hour, week] = await Promise.all([
    readBuckets(db, kind, targetId, { starts: days, to: span.to }),
    readBestHour(db, kind, targetId, span),
    readWeek(db, kind, targetId, span, now),
  ]);
  return { best: bestOf(clock, days, views, hour, week), week, isRecent: span.from > from };
}

async function readBestHour(
  db: PrismaClient,
  kind: TargetKind,
  targetId: number,
  { from, to }: Pick<StorySpan, "from" | "to">,
) {
  const rows = await db.$queryRaw<{ hour: Date; views: number }[]>`
    SELECT "hour", sum("views")::float8 AS views FROM "ViewHour"
    WHERE "kind" = ${kind} AND "targetId" = ${targetId} AND "hour" >= ${new Date(from)} AND "hour" < ${new Date(to)}
    GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT 1`;
  return rows[0] ?? null;
}

async function readWeek(
  db: PrismaClient,
  kind: TargetKind,
  targetId: number,
  span: Pick<StorySpan, "zone" | "from" | "to">,
  now: number,
): Promise<Habits["week"]> {
  const to = Math.min(span.to, Math.floor(now / HOUR_MS) * HOUR_MS);
  const stretches = clockStretches(zoneClock(span.zone), span.from, to);
  if (!stretches.length) return new Array(WEEK_HOURS).fill(null);
  const rows = await db.$queryRaw<{ place: number; views: number }[]>`
    WITH stretch AS (SELECT ${stretches.map(({ from }) => new Date(from))}::timestamptz[] AS starts,
      ${stretches.map(({ offset }) => offset / 1000)}::float8[] AS offsets)
    SELECT ((floor((extract(epoch FROM "hour")::float8 + offsets[width_bucket("hour", starts)]) / 3600)::bigint + 72) % 168)::int AS place,
      sum("views")::float8 AS views
    FROM "ViewHour", stretch
    WHERE "kind" = ${kind} AND "targetId" = ${targetId} AND "hour" >= ${new Date(span.from)} AND "hour" < ${new Date(to)}
    GROUP BY 1`;
  const views = new Map(rows.map((row) => [row.place, row.views]));
  return countWeekHours(stretches).map((count, place) => (count ? (views.get(place) ?? 0) / count : null));
}

/** The best day, hour and hour of the week, as sentences. Of equals, the latest day and hour, and the earliest of the week. */
export function bestOf(
  { wallOf }: { wallOf(at: number): number },
  days: number[],
  views: number[],
  hour: { hour: Date; views: number } | null,
  week: Habits["week"],
): string[] {
  if (!hour || hour.views <= 0) return [];
  const most = Math.max(...views);
  const day = days[views.lastIndexOf(most)] as number;
  const at = wallOf(hour.hour.getTime());
  const mean = Math.max(...week.map((each) => each ?? 0));
  const place = week.indexOf(mean);
  return [
    ...(days.length > 1
      ? [`Best day: ${formatDay(new Date(wallOf(day)))}, ${formatCount(most, "view")}.`]
      : []),
    `Best hour: ${formatDay(new Date(at))}, ${hoursOf(at)}, ${formatCount(hour.views, "view")}.`,
    ...(mean > 0 && days.length >= 14
      ? [
          `Busiest hour of the week: ${DAYS[Math.floor(place / 24)]}, ${hoursOf((place % 24) * HOUR_MS)}, ${formatMean(mean)} views on average.`,
        ]
      : []),
  ];
}

const clockOf = (wall: number) => new Date(wall).toISOString().slice(11, 16);
const hoursOf = (wall: number) => `${clockOf(wall)}–${clockOf(wall + HOUR_MS)}`;
