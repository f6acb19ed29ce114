import { HOUR_MS } from "~/tracker/window";
import type { PrismaClient } from "../../../../prisma/client/client";
import { type AgedChapter, COMPARED_MS, measure, type SameAge, type SameAgeReads, sameAge } from "./same-age";

/** A published chapter; `publishedAt` is null for a draft. */
interface PublishedChapter {
  id: number;
  publishedAt: Date | null;
}

/** How a chapter did against the one before it and against the first; null where that cannot be compared yet. */
export interface ChapterSteps {
  /** Reads in its own first 30 days, or since its publication; null if that is not known. */
  own: SameAgeReads | null;
  ofPrevious: SameAgeReads | null;
  ofFirst: SameAgeReads | null;
}

const hourOf = (at: Date) => Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;

/**
 * Compares chapters, in the order of the story, by their reads at the same age. The history has every hour before `asOf`. A chapter that
 * was published before the site's history starts is left out: its first reads are not known.
 */
export async function readSameAge(
  db: PrismaClient,
  chapters: PublishedChapter[],
  asOf: Date,
): Promise<Map<number, ChapterSteps>> {
  const until = hourOf(asOf);
  // Not Prisma's aggregate, whose subquery reads the whole table.
  const since = (await db.viewHour.findFirst({ orderBy: { hour: "asc" }, select: { hour: true } }))?.hour;
  const aged: AgedChapter[] = chapters.map(({ id, publishedAt }) => ({
    id,
    startedAt: publishedAt && since && hourOf(publishedAt) >= since.getTime() ? hourOf(publishedAt) : null,
  }));
  const pairs = aged.map((chapter, position) => ({
    id: chapter.id,
    own: sameAge(chapter, chapter, until),
    ofPrevious: sameAge(chapter, aged[position - 1], until),
    ofFirst: position === 0 ? null : sameAge(chapter, aged[0], until),
  }));
  const readsAt = await readFirstReads(
    db,
    aged,
    pairs.flatMap((pair) => [pair.own, pair.ofPrevious, pair.ofFirst]),
  );
  const withReads = (pair: SameAge | null) => pair && measure(pair, readsAt);
  return new Map(
    pairs.map(({ id, own, ofPrevious, ofFirst }) => [
      id,
      { own: withReads(own), ofPrevious: withReads(ofPrevious), ofFirst: withReads(ofFirst) },
    ]),
  );
}

/** Reads the sum of each chapter's first hours once per age that is compared. */
async function readFirstReads(db: PrismaClient, chapters: AgedChapter[], pairs: (SameAge | null)[]) {
  const startOf = new Map(chapters.map(({ id, startedAt }) => [id, startedAt]));
  const wanted = new Map<string, { id: number; from: number; to: number }>();
  for (const pair of pairs)
    for (const id of pair ? [pair.chapterId, pair.baseId] : []) {
      const from = startOf.get(id) ?? 0;
      wanted.set(`${id}/${pair?.ageMs}`, { id, from, to: from + Math.min(pair?.ageMs ?? 0, COMPARED_MS) });
    }
  const windows = [...wanted.values()];
  const rows = await db.$queryRaw<{ place: number; views: number }[]>`
    SELECT w.place::int AS place, s.views
    FROM unnest(${windows.map(({ id }) => id)}::int[], ${windows.map(({ from }) => new Date(from).toISOString())}::timestamptz[],
      ${windows.map(({ to }) => new Date(to).toISOString())}::timestamptz[]) WITH ORDINALITY AS w(id, start, stop, place)
    CROSS JOIN LATERAL (SELECT coalesce(sum(h."views"), 0)::float8 AS views FROM "ViewHour" h
      WHERE h."kind" = 'chapter' AND h."targetId" = w.id AND h."hour" >= w.start AND h."hour" < w.stop) s`;
  const views = new Map(rows.map((row) => [row.place, row.views]));
  const reads = new Map([...wanted.keys()].map((key, index) => [key, views.get(index + 1) ?? 0]));
  return (id: number, ageMs: number) => reads.get(`${id}/${ageMs}`) ?? 0;
}
