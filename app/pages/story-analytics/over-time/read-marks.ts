import { type Annotation, annotationsOf, type Period } from "~/shared/annotations";
import { formatCount } from "~/shared/format";
import { readOutages } from "~/telemetry/incidents";
import { pausesOf, readSyncSettings } from "~/telemetry/sync-pauses";
import type { PrismaClient } from "../../../../prisma/client/client";
import type { StorySpan } from "../read-span";

/** What the chart marks, and until when the sync is paused. */
export interface Marks {
  annotations: Annotation[];
  /** New reads appear after that time; null while the sync is not paused. */
  pausedUntil: Date | null;
}

/**
 * Publications, outages, pauses, drills and views that were left out, within a span. Operators' reasons for a pause or a drill, and their
 * names, are not an editor's business, so that these marks say only what happened.
 */
export async function readMarks(
  db: PrismaClient,
  storyId: number,
  { from, to }: Pick<StorySpan, "from" | "to">,
  now: number,
  redisEnabled: boolean,
): Promise<Marks> {
  const [start, end] = [new Date(from), new Date(to)];
  const [outages, settings, drills, voided, chapters] = await Promise.all([
    redisEnabled ? readOutages(db, from, to, now) : [],
    readSyncSettings(db, now),
    db.drill.findMany({
      where: { startedAt: { lte: end }, endsAt: { gte: start } },
      select: { startedAt: true, endsAt: true, endedAt: true },
    }),
    db.voidedViews.findMany({
      where: { storyId, undoneAt: null, storyViews: { gt: 0 }, fromHour: { lt: end }, toHour: { gt: start } },
      select: { fromHour: true, toHour: true, storyViews: true },
    }),
    db.chapter.findMany({
      where: { storyId, status: "PUBLISHED", publishedAt: { gte: start, lt: end } },
      orderBy: { publishedAt: "asc" },
      select: { number: true, title: true, publishedAt: true },
    }),
  ]);
  const until = settings.at(-1)?.pausedUntil ?? null;
  const marks = annotationsOf(
    {
      outages: outages.map((outage) => ({ ...outage, label: "some views were not counted in Redis" })),
      pauses: pausesOf(settings, now).map((pause) => ({ ...pause, label: "the sync was paused" })),
      drills: drills.map(({ startedAt, endsAt, endedAt }) =>
        period(startedAt, endedAt ?? endsAt, to, "a drill"),
      ),
      starts: [],
    },
    from,
    to,
  );
  const added: Annotation[] = [
    ...voided.map(({ fromHour, toHour, storyViews }) => ({
      kind: "void" as const,
      from: Math.max(from, fromHour.getTime()),
      // The hour that it ends with is not part of it.
      to: Math.min(to, toHour.getTime()) - 1,
      ongoing: false,
      label: `an operator left out ${formatCount(Number(storyViews), "view")}`,
    })),
    ...chapters.map(({ number, title, publishedAt }) => {
      const at = publishedAt?.getTime() ?? from;
      return {
        kind: "chapter" as const,
        from: at,
        to: at,
        ongoing: false,
        label: `chapter ${number} was published: ${title}`,
      };
    }),
  ];
  return {
    annotations: [...marks, ...added].sort((a, b) => a.from - b.from),
    pausedUntil: until !== null && until > now ? new Date(until) : null,
  };
}

const period = (start: Date, end: Date, to: number, label: string): Period => ({
  from: start.getTime(),
  to: end.getTime() > to ? null : end.getTime(),
  label,
});
