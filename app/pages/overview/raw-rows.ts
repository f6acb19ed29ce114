import { type Cell, csvHead, csvLine } from "~/platform/csv";
import { quantile } from "~/shared/histogram";
import { lookUp } from "~/shared/look-up";
import type { PrismaClient } from "../../../prisma/client/client";

const PAGE_ROWS = 5000;

type Row = Record<string, Cell> & { id: bigint | number };

/** A table as CSV, oldest rows first: any number of rows, with one page of them in memory. */
async function* lines(
  columns: readonly string[],
  readPage: (afterId: bigint) => Promise<Row[]>,
): AsyncGenerator<string> {
  yield csvHead(columns);
  let after = 0n;
  for (;;) {
    const page = await readPage(after);
    const last = page.at(-1);
    if (!last) return;
    yield page.map((row) => csvLine(columns.map((column) => lookUp(row, column) ?? null))).join("");
    if (page.length < PAGE_ROWS) return;
    after = BigInt(last.id);
  }
}

const SAMPLE_COLUMNS = [
  "id",
  "at",
  "span",
  "process",
  "role",
  "mode",
  "redis",
  "database",
  "journal",
  "duplicates",
  "excluded",
  "failed",
  "latencyP50Us",
  "latencyP99Us",
  "buffered",
  "lagSeconds",
  "journalled",
] as const;
const MODE_COLUMNS = ["id", "at", "process", "role", "from", "to", "reason"] as const;
const RUN_COLUMNS = [
  "id",
  "trigger",
  "startedAt",
  "endedAt",
  "targets",
  "views",
  "orphans",
  "error",
] as const;
const FALLBACK_COLUMNS = [
  "id",
  "viewedAt",
  "slug",
  "chapter",
  "counted",
  "reconciledAt",
  "retractedAt",
  "referrer",
  "device",
] as const;

const rounded = (microseconds: number | null) => microseconds && Math.round(microseconds);

/** The rows behind the overview, by the name of the file. Fallback rows leave out their viewers. */
export const RAW_ROWS: Record<string, (db: PrismaClient) => AsyncGenerator<string>> = {
  "samples.csv": (db) =>
    lines(SAMPLE_COLUMNS, async (after) => {
      const page = await db.sample.findMany({
        where: { id: { gt: after } },
        orderBy: { id: "asc" },
        take: PAGE_ROWS,
      });
      return page.map(({ latencyBuckets, ...row }) => ({
        ...row,
        latencyP50Us: rounded(quantile(0.5, latencyBuckets)) ?? row.latencyP50Us,
        latencyP99Us: rounded(quantile(0.99, latencyBuckets)) ?? row.latencyP99Us,
      }));
    }),
  "mode-changes.csv": (db) =>
    lines(MODE_COLUMNS, (after) =>
      db.modeChange.findMany({ where: { id: { gt: after } }, orderBy: { id: "asc" }, take: PAGE_ROWS }),
    ),
  "sync-runs.csv": (db) =>
    lines(RUN_COLUMNS, (after) =>
      db.syncRun.findMany({
        where: { id: { gt: Number(after) } },
        orderBy: { id: "asc" },
        take: PAGE_ROWS,
        omit: { shards: true },
      }),
    ),
  "fallback-story-views.csv": (db) =>
    lines(
      FALLBACK_COLUMNS,
      (after) => db.$queryRaw<Row[]>`
        SELECT v."id", v."viewedAt", s."slug", NULL::int AS chapter, v."counted", v."reconciledAt", v."retractedAt",
               v."referrer", v."device"
        FROM "StoryView" v JOIN "Story" s ON s."id" = v."storyId"
        WHERE v."window" IS NOT NULL AND v."id" > ${after} ORDER BY v."id" LIMIT ${PAGE_ROWS}`,
    ),
  "fallback-chapter-views.csv": (db) =>
    lines(
      FALLBACK_COLUMNS,
      (after) => db.$queryRaw<Row[]>`
        SELECT v."id", v."viewedAt", s."slug", c."number" AS chapter, v."counted", v."reconciledAt", v."retractedAt",
               v."referrer", v."device"
        FROM "ChapterView" v JOIN "Chapter" c ON c."id" = v."chapterId" JOIN "Story" s ON s."id" = c."storyId"
        WHERE v."window" IS NOT NULL AND v."id" > ${after} ORDER BY v."id" LIMIT ${PAGE_ROWS}`,
    ),
};
