-- What became of the lines of each journal file (docs/decisions/0017), so that every process can show it, and so that a file
-- that vanishes with its machine is seen to be missing. A new table: processes of earlier versions do not use it.
CREATE TABLE "JournalFile" (
    "file" TEXT NOT NULL,
    "process" TEXT NOT NULL,
    "appended" INTEGER NOT NULL DEFAULT 0,
    "replayed" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "torn" INTEGER NOT NULL DEFAULT 0,
    "setAside" INTEGER NOT NULL DEFAULT 0,
    "firstAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "JournalFile_pkey" PRIMARY KEY ("file")
);
CREATE INDEX "JournalFile_updatedAt_idx" ON "JournalFile"("updatedAt");
