-- Views that operators have taken out of a story's counts, and put back. The views themselves are rows of ViewHour and ViewDetailHour with
-- the source 'void:<id>' and a negative number.
CREATE TABLE "VoidedViews" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "storyId" INTEGER NOT NULL,
    "fromHour" TIMESTAMPTZ(3) NOT NULL,
    "toHour" TIMESTAMPTZ(3) NOT NULL,
    "storyViews" BIGINT NOT NULL,
    "chapterViews" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "undoneAt" TIMESTAMPTZ(3),

    CONSTRAINT "VoidedViews_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "VoidedViews_storyId_idx" ON "VoidedViews"("storyId");
