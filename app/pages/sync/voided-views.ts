import { FILE_GONE_AFTER_SECONDS } from "~/telemetry/journal-files";
import { voidSource } from "~/tracker/source";
import type { TargetKind } from "~/tracker/view";
import { Prisma, type PrismaClient } from "../../../prisma/client/client";

/** Views of one story and its chapters, from an hour up to another (not included). */
export interface HourSpan {
  storyId: number;
  from: Date;
  to: Date;
}

/** A story's or a chapter's views in a span. */
export interface SpanViews {
  kind: TargetKind;
  id: number;
  views: number;
}

type Db = Pick<PrismaClient, "$queryRaw" | "$executeRaw">;

/** The story and its chapters, as rows of ViewHour name them. */
const targets = (storyId: number) => Prisma.sql`(
  SELECT 'story' AS kind, ${storyId}::int AS id
  UNION ALL SELECT 'chapter', id FROM "Chapter" WHERE "storyId" = ${storyId})`;

/** The views of a span that the history has, per target; none for a target without any. */
export const readSpan = (db: Db, { storyId, from, to }: HourSpan): Promise<SpanViews[]> =>
  db.$queryRaw<SpanViews[]>`
    SELECT t.kind, t.id, sum(h.views)::float8 AS views
    FROM ${targets(storyId)} t JOIN "ViewHour" h ON h.kind = t.kind AND h."targetId" = t.id
    WHERE h.hour >= ${from} AND h.hour < ${to} GROUP BY 1, 2 HAVING sum(h.views) > 0 ORDER BY 1 DESC, 2`;

/** Fallback rows of a span that reconcile has not compared with Redis: it may still take their views back. */
export async function countOpenRows(db: Db, { storyId, from, to }: HourSpan): Promise<number> {
  const [row] = await db.$queryRaw<{ open: number }[]>`
    SELECT (SELECT count(*) FROM "StoryView" v WHERE v."storyId" = ${storyId} AND v."window" IS NOT NULL
        AND v."reconciledAt" IS NULL AND v."viewedAt" >= ${from} AND v."viewedAt" < ${to})::int
      + (SELECT count(*) FROM "ChapterView" v JOIN "Chapter" c ON c.id = v."chapterId" WHERE c."storyId" = ${storyId}
        AND v."window" IS NOT NULL AND v."reconciledAt" IS NULL AND v."viewedAt" >= ${from} AND v."viewedAt" < ${to})::int AS open`;
  return row?.open ?? 0;
}

/** Whether a journal file that was seen lately has lines that are not replayed: their hours are not known before they are. */
export async function isJournalWaiting(db: Db): Promise<boolean> {
  const [row] = await db.$queryRaw<{ waiting: boolean }[]>`
    SELECT EXISTS (SELECT FROM "JournalFile" WHERE appended > replayed + rejected + torn
      AND "updatedAt" > now() - make_interval(secs => ${FILE_GONE_AFTER_SECONDS}::int)) AS waiting`;
  return row?.waiting ?? false;
}

/**
 * Locks the totals of a story and its chapters. Syncs and the fallback change history and total in one transaction, so that what is read
 * after this agrees.
 */
export async function lockTotals(tx: Db, storyId: number): Promise<void> {
  await tx.$queryRaw`SELECT id FROM "Story" WHERE id = ${storyId} FOR UPDATE`;
  await tx.$queryRaw`SELECT id FROM "Chapter" WHERE "storyId" = ${storyId} ORDER BY id FOR UPDATE`;
}

/**
 * Takes a span's views out of history and totals: each hour gets a row with their negative number. The rows that they came with are the
 * sync's marks and stay as they are, so that no sync moves them again. Expects locked totals. @returns what it took out.
 */
export async function takeOut(tx: Db, voidId: number, { storyId, from, to }: HourSpan): Promise<SpanViews[]> {
  const source = voidSource(voidId);
  await tx.$executeRaw`
    INSERT INTO "ViewDetailHour" ("storyId", hour, source, dimension, value, views)
    SELECT "storyId", hour, ${source}, dimension, value, -sum(views) FROM "ViewDetailHour"
    WHERE "storyId" = ${storyId} AND hour >= ${from} AND hour < ${to} AND dimension <> 'excluded'
    GROUP BY 1, 2, 4, 5 HAVING sum(views) > 0`;
  const taken = await tx.$queryRaw<SpanViews[]>`
    WITH taken AS (
      INSERT INTO "ViewHour" (kind, "targetId", hour, source, views)
      SELECT h.kind, h."targetId", h.hour, ${source}, -sum(h.views)
      FROM ${targets(storyId)} t JOIN "ViewHour" h ON h.kind = t.kind AND h."targetId" = t.id
      WHERE h.hour >= ${from} AND h.hour < ${to} GROUP BY 1, 2, 3 HAVING sum(h.views) > 0
      RETURNING kind, "targetId", views)
    SELECT kind, "targetId" AS id, -sum(views)::float8 AS views FROM taken GROUP BY 1, 2 ORDER BY 1 DESC, 2`;
  await moveTotals(tx, taken, -1);
  return taken;
}

/** Puts back what `takeOut` took. Expects locked totals. @returns what it put back. */
export async function putBack(tx: Db, voidId: number, storyId: number): Promise<SpanViews[]> {
  const source = voidSource(voidId);
  await tx.$executeRaw`UPDATE "ViewDetailHour" SET views = 0 WHERE "storyId" = ${storyId} AND source = ${source}`;
  // Rows are set to 0 and not deleted: what was added up from them learns of a change, not of an absence.
  const back = await tx.$queryRaw<SpanViews[]>`
    WITH back AS (
      UPDATE "ViewHour" h SET views = 0 FROM ${targets(storyId)} t
      WHERE h.kind = t.kind AND h."targetId" = t.id AND h.source = ${source}
      RETURNING h.kind, h."targetId", old.views)
    SELECT kind, "targetId" AS id, -sum(views)::float8 AS views FROM back GROUP BY 1, 2 ORDER BY 1 DESC, 2`;
  await moveTotals(tx, back, 1);
  return back;
}

async function moveTotals(tx: Db, spans: SpanViews[], by: 1 | -1) {
  for (const [kind, table] of [
    ["story", Prisma.sql`"Story"`],
    ["chapter", Prisma.sql`"Chapter"`],
  ] as const) {
    const mine = spans.filter((span) => span.kind === kind);
    const ids = mine.map(({ id }) => id);
    const views = mine.map((span) => by * span.views);
    await tx.$executeRaw`UPDATE ${table} t SET "readCount" = t."readCount" + m.views
      FROM unnest(${ids}::int[], ${views}::bigint[]) AS m(id, views) WHERE t.id = m.id`;
  }
}
