import { csvHead, csvLine } from "~/platform/csv";
import { withNumbers } from "~/platform/row-numbers";
import { formatCount } from "~/shared/format";
import type { PrismaClient } from "../../../prisma/client/client";

/** A total that differs from its history. */
export interface Difference {
  kind: "story" | "chapter";
  id: number;
  slug: string;
  title: string;
  /** The chapter's number; null for the story itself. */
  chapter: number | null;
  readCount: number;
  history: number;
  foundAt: Date;
  checkedAt: Date;
  /** Why, as far as what Tidemark has written down tells. */
  why: string;
}

/** The list, how many there are beyond it, and when all stories were last compared. */
export interface Differences {
  rows: Difference[];
  more: boolean;
  /** When the last round over all stories and chapters was complete; null before the first. */
  comparedAt: Date | null;
}

const SHOWN = 200;
/** An edit in this time before a difference was found, ms, may be its cause: a round takes as long on a very large site. */
const NEAR_MS = 24 * 3_600_000;

/** Every story and chapter whose total differs from its history, the largest difference first, each with why. */
export async function listDifferences(db: PrismaClient, limit: number = SHOWN): Promise<Differences> {
  type Row = Omit<Difference, "why"> & { repairedAt: Date | null; voidedAt: Date | null };
  const [rows, check] = await Promise.all([
    db.$queryRaw<Row[]>`
      SELECT d.kind, d."targetId" AS id, s.slug, s.title, c.number AS chapter, d."readCount", d.history, d."foundAt", d."checkedAt",
        (SELECT max(a.at) FROM "AuditEvent" a WHERE a.target = 'story ' || s.slug AND a.action = 'story.repair') AS "repairedAt",
        (SELECT max(v.at) FROM "VoidedViews" v WHERE v."storyId" = s.id) AS "voidedAt"
      FROM "HistoryDifference" d
      LEFT JOIN "Chapter" c ON d.kind = 'chapter' AND c.id = d."targetId"
      JOIN "Story" s ON s.id = CASE d.kind WHEN 'story' THEN d."targetId" ELSE c."storyId" END
      ORDER BY abs(d."readCount" - d.history) DESC, d.kind DESC, d."targetId" LIMIT ${limit + 1}`,
    db.historyCheck.findFirst({ select: { finishedAt: true } }),
  ]);
  return {
    rows: withNumbers(rows.slice(0, limit)).map(({ repairedAt, voidedAt, ...row }) => ({
      ...row,
      why: whyDifferent({ ...row, repairedAt, voidedAt }),
    })),
    more: rows.length > limit,
    comparedAt: check?.finishedAt ?? null,
  };
}

/** One sentence or two: on which side views are missing, and what was done near that time. Pure. */
export function whyDifferent(facts: {
  readCount: number;
  history: number;
  foundAt: Date;
  repairedAt: Date | null;
  voidedAt: Date | null;
}): string {
  const { readCount, history, foundAt } = facts;
  const count = formatCount(Math.abs(readCount - history), "view");
  const side =
    readCount > history
      ? `The hourly history lacks ${count} that the total has: hours were deleted, or the total was raised by hand.`
      : `The total lacks ${count} that the history has: it was lowered by hand, or restored from an older copy.`;
  const near = (at: Date | null) => at !== null && Math.abs(foundAt.getTime() - at.getTime()) <= NEAR_MS;
  if (near(facts.repairedAt)) return `${side} A repair was made within a day of it.`;
  if (near(facts.voidedAt)) return `${side} Views of it were voided within a day of it.`;
  return `${side} Nothing that Tidemark does moves one without the other, and nothing is on record for that time.`;
}

/** All of them as a file. */
export async function* differencesCsv(db: PrismaClient): AsyncGenerator<string> {
  yield csvHead(["story", "title", "chapter", "total", "history", "difference", "found_utc", "why"]);
  const { rows } = await listDifferences(db, 100_000);
  for (const row of rows)
    yield csvLine([
      row.slug,
      row.title,
      row.chapter,
      row.readCount,
      row.history,
      row.readCount - row.history,
      row.foundAt,
      row.why,
    ]);
}
