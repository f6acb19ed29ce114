-- The viewer's keys of other days, in the order of app/stores/postgres/other-keys.ts: windows longer than a day need more than
-- the two of "viewerBefore" and "viewerAfter", which earlier versions write and later ones only read.
ALTER TABLE "StoryView" ADD COLUMN "otherKeys" TEXT[];
ALTER TABLE "ChapterView" ADD COLUMN "otherKeys" TEXT[];

-- Counted fallback rows that reconcile gave up, because Redis had forgotten their time: "up to N views may be counted twice".
CREATE TABLE "GivenUpRows" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL CHECK ("kind" IN ('story', 'chapter')),
    "views" INTEGER NOT NULL,
    "fromAt" TIMESTAMPTZ(3) NOT NULL,
    "toAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "GivenUpRows_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "GivenUpRows_at_idx" ON "GivenUpRows"("at");
