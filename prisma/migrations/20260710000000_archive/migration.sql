-- Rows of views that leave the tables for files, a month at a time (docs/decisions/0044).
CREATE TABLE "ArchiveFile" (
    "file" TEXT NOT NULL,
    "month" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "place" TEXT NOT NULL,
    "storyRows" BIGINT NOT NULL DEFAULT 0,
    "chapterRows" BIGINT NOT NULL DEFAULT 0,
    "storyViews" BIGINT NOT NULL DEFAULT 0,
    "chapterViews" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "done" BIGINT NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "archivedAt" TIMESTAMPTZ(3),
    "restoredAt" TIMESTAMPTZ(3),

    CONSTRAINT "ArchiveFile_pkey" PRIMARY KEY ("file"),
    CONSTRAINT "ArchiveFile_state" CHECK ("state" IN ('writing', 'deleting', 'archived', 'restoring', 'restored')),
    CONSTRAINT "ArchiveFile_described" CHECK ("state" = 'writing' OR "sha256" IS NOT NULL)
);
CREATE INDEX "ArchiveFile_month_idx" ON "ArchiveFile"("month");

CREATE TABLE "ArchiveRound" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "place" TEXT,
    "dueMonths" INTEGER NOT NULL DEFAULT 0,
    "dueRows" BIGINT NOT NULL DEFAULT 0,
    "refused" JSONB NOT NULL DEFAULT '[]',
    "error" TEXT,
    "errorAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ArchiveRound_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ArchiveRound_one" CHECK ("id" = 1)
);

-- A few pages, whatever the size of the table, and next to nothing per row: rows come roughly in the order of their times.
CREATE INDEX "StoryView_viewedAt_idx" ON "StoryView" USING BRIN ("viewedAt");
CREATE INDEX "ChapterView_viewedAt_idx" ON "ChapterView" USING BRIN ("viewedAt");
