-- What syncs had moved when the total was last read outside of one, and when that was. Rows of before know neither: what is read of their
-- targets during the next sync is left out, as it was.
ALTER TABLE "UnsyncedReads" ADD COLUMN "synced" BIGINT, ADD COLUMN "syncedAt" TIMESTAMPTZ(3);
