-- What syncs have added to each read count, so that a remembered number of unsynced views can be told apart from views synced since.
ALTER TABLE "Story" ADD COLUMN "syncedReads" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "Chapter" ADD COLUMN "syncedReads" BIGINT NOT NULL DEFAULT 0;

-- The last known total of views that Redis has counted of a target, for pages that are shown while Redis is unreachable.
CREATE TABLE "UnsyncedReads" (
    "kind" TEXT NOT NULL,
    "targetId" INTEGER NOT NULL,
    "total" BIGINT NOT NULL,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "UnsyncedReads_pkey" PRIMARY KEY ("kind", "targetId")
);
