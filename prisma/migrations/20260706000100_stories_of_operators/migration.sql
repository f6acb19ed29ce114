-- Operators search stories by the words of their titles and slugs, each from its start. 'simple' knows no language and drops no word.
CREATE INDEX "Story_words" ON "Story" USING gin (to_tsvector('simple', "title" || ' ' || replace("slug", '-', ' ')));

-- Which read counts differ from the sum of their history, as the comparison that always goes on last found them.
CREATE TABLE "HistoryDifference" (
    "kind" TEXT NOT NULL,
    "targetId" INTEGER NOT NULL,
    "readCount" BIGINT NOT NULL,
    "history" BIGINT NOT NULL,
    "foundAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checkedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "HistoryDifference_pkey" PRIMARY KEY ("kind", "targetId")
);

-- The views of one story that reconcile retracted. Few rows are.
CREATE INDEX "StoryView_retracted" ON "StoryView" ("storyId", "retractedAt") WHERE "retractedAt" IS NOT NULL;
