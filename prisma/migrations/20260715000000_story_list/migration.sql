-- An editor's own words for stories, and an index for the planned dates of drafts (docs/decisions/0049).
CREATE TABLE "StoryTag" (
    "storyId" INTEGER NOT NULL,
    "tag" TEXT NOT NULL,

    CONSTRAINT "StoryTag_pkey" PRIMARY KEY ("storyId", "tag"),
    CONSTRAINT "StoryTag_length" CHECK (length("tag") BETWEEN 1 AND 40)
);
ALTER TABLE "StoryTag" ADD CONSTRAINT "StoryTag_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The few drafts that have a date: the list of ten thousand stories looks for each one's next.
CREATE INDEX "Chapter_planned_idx" ON "Chapter"("storyId", "publishedAt") WHERE "status" = 'DRAFT' AND "publishedAt" IS NOT NULL;
