-- The most read stories of each period, as the worker ranked them last.
CREATE TABLE "MostRead" (
    "period" TEXT NOT NULL,
    "rank" INTEGER NOT NULL,
    "storyId" INTEGER NOT NULL,
    "reads" BIGINT NOT NULL,
    "asOf" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "MostRead_pkey" PRIMARY KEY ("period", "rank"),
    CONSTRAINT "MostRead_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "MostRead_storyId_idx" ON "MostRead"("storyId");
