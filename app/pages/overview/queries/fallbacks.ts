import type { PrismaClient } from "../../../../prisma/client/client";

/** A view that was counted directly in Postgres, without its viewer, whom operators do not need to know. */
export interface FallbackView {
  kind: "story" | "chapter";
  id: string;
  at: Date;
  slug: string;
  title: string;
  chapter: number | null;
  counted: boolean;
  reconciledAt: Date | null;
  retractedAt: Date | null;
}

/** Only the fallback adds rows, so its latest are among the last few thousand, and the years before Redis are not scanned. */
const LOOK_BACK_ROWS = 5000;

/** The latest fallback views, newest first. Rows without a window are history from before Redis. */
export const listFallbacks = (db: PrismaClient, limit: number) => db.$queryRaw<FallbackView[]>`
  SELECT 'story' AS kind, v."id"::text AS id, v."viewedAt" AS at, s."slug", s."title", NULL::int AS chapter,
         v."counted", v."reconciledAt", v."retractedAt"
  FROM (SELECT * FROM "StoryView" ORDER BY "id" DESC LIMIT ${LOOK_BACK_ROWS}) AS v
  JOIN "Story" s ON s."id" = v."storyId"
  WHERE v."window" IS NOT NULL
  UNION ALL
  SELECT 'chapter', v."id"::text, v."viewedAt", s."slug", s."title", c."number",
         v."counted", v."reconciledAt", v."retractedAt"
  FROM (SELECT * FROM "ChapterView" ORDER BY "id" DESC LIMIT ${LOOK_BACK_ROWS}) AS v
  JOIN "Chapter" c ON c."id" = v."chapterId"
  JOIN "Story" s ON s."id" = c."storyId"
  WHERE v."window" IS NOT NULL
  ORDER BY at DESC, id DESC
  LIMIT ${limit}`;
