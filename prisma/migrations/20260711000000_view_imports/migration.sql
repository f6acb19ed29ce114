-- Views brought in from access logs and CSV files (docs/decisions/0045). What was counted is in ViewHour and ViewDetailHour, with the
-- source 'i:<id>'.
CREATE TABLE "ViewImport" (
    "id" SERIAL NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ranAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closedAt" TIMESTAMPTZ(3),
    "undoneAt" TIMESTAMPTZ(3),

    CONSTRAINT "ViewImport_pkey" PRIMARY KEY ("id")
);

-- How far each file was read.
CREATE TABLE "ViewImportFile" (
    "id" SERIAL NOT NULL,
    "importId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "lines" INTEGER NOT NULL,
    "first" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "rules" TEXT NOT NULL,
    "readAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ViewImportFile_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "ViewImportFile_importId_idx" ON "ViewImportFile"("importId");

-- The visits of open imports, from which their counts are derived. Emptied when the imports are closed.
CREATE TABLE "ImportedVisit" (
    "kind" TEXT NOT NULL,
    "targetId" INTEGER NOT NULL,
    "viewer" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "importId" INTEGER NOT NULL,
    "referrer" TEXT,
    "device" TEXT,
    "reason" TEXT,

    CONSTRAINT "ImportedVisit_pkey" PRIMARY KEY ("kind", "targetId", "viewer", "at", "importId")
);

-- The salt of the viewers' keys in ImportedVisit: one row while imports are open.
CREATE TABLE "ImportMemory" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "salt" BYTEA NOT NULL,
    "windowMs" BIGINT NOT NULL,
    "usedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "counted" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "ImportMemory_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ImportMemory_one_row" CHECK ("id" = 1)
);

ALTER TABLE "ViewImportFile" ADD CONSTRAINT "ViewImportFile_importId_fkey" FOREIGN KEY ("importId") REFERENCES "ViewImport"("id") ON DELETE CASCADE ON UPDATE CASCADE;
