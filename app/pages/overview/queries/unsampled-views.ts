import { bucketOf, type Span } from "~/shared/series";
import { readRolledUntil } from "~/telemetry/roll-up/until";
import type { PrismaClient } from "../../../../prisma/client/client";

const HOUR_MS = 3_600_000;
/** Hours without a report come in stretches: before the site measured itself, and while it was stopped. Of more, the latest are read. */
const MAX_STRETCHES = 200;

/**
 * The views of whole hours in which no web process reported, from the hourly history, which has every counted view: each counts for
 * a story. A site that has always reported has no such hour, and the history is not read.
 */
export async function readUnsampledViews(db: PrismaClient, span: Span) {
  const stretches = unreported(await readReportedHours(db, span), span).slice(-MAX_STRETCHES);
  const views = new Map<number, number>();
  if (stretches.length > 0) {
    const rows = await db.$queryRaw<{ hour: Date; views: number }[]>`
      SELECT h."hour", h.views
      FROM unnest(${stretches.map(([from]) => new Date(from))}::timestamptz[], ${stretches.map(([, to]) => new Date(to))}::timestamptz[])
        AS stretch("from", "to")
      CROSS JOIN LATERAL (
        SELECT "hour", sum("views")::float8 AS views FROM "ViewHour"
        WHERE "hour" >= stretch."from" AND "hour" < stretch."to" AND "kind" = 'story' GROUP BY 1) h`;
    for (const row of rows) {
      const at = bucketOf(row.hour.getTime(), span.stepSeconds);
      views.set(at, (views.get(at) ?? 0) + row.views);
    }
  }
  return { stepSeconds: span.stepSeconds, views: [...views].filter(([at]) => at >= span.from) };
}

/** The hours (Unix ms) of a span in which a web process reported. */
async function readReportedHours(db: PrismaClient, { from, to }: Span): Promise<Set<number>> {
  const rolledUntil = await readRolledUntil(db, "samples");
  const since = new Date(
    Number.isFinite(rolledUntil) ? Math.max(from, Math.floor(rolledUntil / HOUR_MS) * HOUR_MS) : from,
  );
  const rows = await db.$queryRaw<{ hour: Date }[]>`
    SELECT "at" AS hour FROM "SampleTotal"
    WHERE "span" = 3600 AND "at" >= ${new Date(from)} AND "at" < ${since} AND "reports" > 0
    UNION
    SELECT date_trunc('hour', "at", 'UTC') FROM "Sample" WHERE "role" = 'web' AND "at" >= ${since} AND "at" <= ${new Date(to)}`;
  return new Set(rows.map(({ hour }) => hour.getTime()));
}

/** The stretches of a span, in whole hours, without a report: [from, to), Unix ms. The first report of the current hour may still come. */
function unreported(reported: ReadonlySet<number>, { from, to }: Span): [number, number][] {
  const found: [number, number][] = [];
  for (let hour = Math.ceil(from / HOUR_MS) * HOUR_MS; hour + HOUR_MS <= to + 1; hour += HOUR_MS) {
    if (reported.has(hour)) continue;
    const last = found.at(-1);
    if (last && last[1] === hour) last[1] = hour + HOUR_MS;
    else found.push([hour, hour + HOUR_MS]);
  }
  return found;
}
