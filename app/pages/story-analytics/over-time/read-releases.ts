import { HOUR_MS } from "~/shared/calendar";
import type { PrismaClient } from "../../../../prisma/client/client";
import { MAX_CURVES, RELEASE_AGES, type ReleaseAge } from "./release-ages";

/** The first days of a chapter. */
export interface ReleaseCurve {
  number: number;
  title: string;
  /** Counted views up to the end of each step of its age; it ends where the chapter is not older. */
  views: number[];
  /** Steps that are over; the last one of `views` may still be running. */
  whole: number;
}

/** The reads of a story's newest chapters by their age, the newest chapter first. Ages are counted from the hour of publication. */
export async function readReleases(
  db: PrismaClient,
  storyId: number,
  age: ReleaseAge,
  now: number,
): Promise<ReleaseCurve[]> {
  const chapters = await db.chapter.findMany({
    where: { storyId, status: "PUBLISHED", publishedAt: { lte: new Date(now) } },
    orderBy: [{ publishedAt: "desc" }, { number: "desc" }],
    take: MAX_CURVES,
    select: { id: true, number: true, title: true, publishedAt: true },
  });
  const { days, stepHours } = RELEASE_AGES[age];
  const starts = chapters.map(
    ({ publishedAt }) => Math.floor((publishedAt?.getTime() ?? now) / HOUR_MS) * HOUR_MS,
  );
  const rows = await db.$queryRaw<{ targetId: number; step: number; views: number }[]>`
    SELECT v."targetId", floor(extract(epoch FROM v."hour" - release.at) / ${stepHours * 3600}::int)::int AS step, sum(v."views")::float8 AS views
    FROM unnest(${chapters.map(({ id }) => id)}::int[], ${starts.map((at) => new Date(at))}::timestamptz[]) AS release(id, at), LATERAL (
      SELECT "targetId", "hour", "views" FROM "ViewHour"
      WHERE "kind" = 'chapter' AND "targetId" = release.id AND "hour" >= release.at
        AND "hour" < release.at + make_interval(days => ${days}::int)) AS v
    GROUP BY 1, 2`;
  const steps = (days * 24) / stepHours;
  return chapters.map(({ id, number, title }, place) => {
    const found = new Map(rows.filter((row) => row.targetId === id).map((row) => [row.step, row.views]));
    const start = starts[place] as number;
    const whole = Math.min(steps, Math.floor((now - start) / (stepHours * HOUR_MS)));
    return { number, title, views: curveOf(found, start, now, stepHours, steps), whole };
  });
}

/** The views up to the end of each step, as far as the chapter has come; its present step is the last. */
export function curveOf(
  views: ReadonlyMap<number, number>,
  start: number,
  now: number,
  stepHours: number,
  steps: number,
): number[] {
  const reached = Math.min(steps, Math.floor((now - start) / (stepHours * HOUR_MS)) + 1);
  let sum = 0;
  return Array.from({ length: reached }, (_, step) => {
    sum += views.get(step) ?? 0;
    return sum;
  });
}
