import { HOUR_MS } from "~/tracker/window";
import type { PrismaClient } from "../../prisma/client/client";
import { LEAST_USUAL, type Surge } from "./facts";

/** The days that tell what is usual. */
const USUAL_DAYS = 28;

/**
 * Of the stories with most views in this hour or the one before, finds that with most as a multiple of its own usual: the most that it had
 * in the same hour of the day, in four weeks. Weekly rhythms are in it, and an author's publication days.
 */
export async function readSurge(db: PrismaClient, now: Date): Promise<{ story: Surge | null }> {
  const thisHour = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  const [story] = await db.$queryRaw<Surge[]>`
    WITH hot AS (
      SELECT "storyId", hour, sum(views)::int AS views FROM "HotStory"
      WHERE hour IN (${new Date(thisHour)}, ${new Date(thisHour - HOUR_MS)}) GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 40
    )
    SELECT s.slug, s.title, hot.hour, hot.views, usual.views AS usual
    FROM hot JOIN "Story" s ON s.id = hot."storyId" CROSS JOIN LATERAL (
      SELECT COALESCE(max(h.views), 0)::float8 AS views FROM (
        SELECT sum(views) AS views FROM "ViewHour" WHERE kind = 'story' AND "targetId" = hot."storyId"
          AND hour = ANY(ARRAY(SELECT hot.hour - day * interval '24 hours' FROM generate_series(1, ${USUAL_DAYS}::int) AS day))
        GROUP BY "ViewHour".hour) h) usual
    ORDER BY hot.views / GREATEST(usual.views, ${LEAST_USUAL}::int) DESC, hot.hour DESC LIMIT 1`;
  return { story: story ?? null };
}
