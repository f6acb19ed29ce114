-- A ledger per life of a Redis server, and accounts as totals (docs/decisions/0019).

-- How much of a Redis buffer Postgres has, so that neither needs to be read whole to be compared.
CREATE TABLE "SyncedBuffer" (
  "birth" TEXT NOT NULL,
  "shard" INTEGER NOT NULL,
  "ledger" TEXT NOT NULL,
  "hour" TIMESTAMPTZ(3) NOT NULL,
  "views" BIGINT NOT NULL,
  "writes" BIGINT,
  "movedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "SyncedBuffer_pkey" PRIMARY KEY ("birth")
);
CREATE INDEX "SyncedBuffer_hour_idx" ON "SyncedBuffer" ("hour");

-- Ledgers of the version before are closed as they stand; its unsynced buffers are adopted by the first life.
ALTER TABLE "RedisLedger" ADD COLUMN "synced" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "survived" BIGINT,
  ADD COLUMN "lost" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "taught" BIGINT NOT NULL DEFAULT 0;
UPDATE "RedisLedger" SET "synced" = "accepted" - "base", "survived" = "accepted", "endedAt" = COALESCE("endedAt", now());

ALTER TABLE "KnownLoss"
  ADD COLUMN "shard" INTEGER, ADD COLUMN "ledger" TEXT,
  ADD COLUMN "mayRepeat" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "repeatUntil" TIMESTAMPTZ(3);
CREATE UNIQUE INDEX "KnownLoss_shard_ledger_key" ON "KnownLoss" ("shard", "ledger");

-- Views that Postgres counted itself, as totals, so that their rows can be erased. A process adds to one slot, so that processes
-- do not wait for each other's rows.
CREATE TABLE "FallbackCount" (
  "shard" INTEGER NOT NULL,
  "slot" INTEGER NOT NULL,
  "counted" BIGINT NOT NULL DEFAULT 0,
  "retracted" BIGINT NOT NULL DEFAULT 0,
  "promoted" BIGINT NOT NULL DEFAULT 0,
  "moved" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "FallbackCount_pkey" PRIMARY KEY ("shard", "slot")
);
INSERT INTO "FallbackCount" ("shard", "slot", "counted", "retracted", "moved")
SELECT shard, 0, count(*) FILTER (WHERE counted OR retracted), count(*) FILTER (WHERE retracted), count(*) FILTER (WHERE counted)
FROM (
  SELECT "storyId" % 4 AS shard, counted, "retractedAt" IS NOT NULL AS retracted FROM "StoryView" WHERE "window" IS NOT NULL
  UNION ALL
  SELECT COALESCE(c."storyId", 0) % 4, v.counted, v."retractedAt" IS NOT NULL FROM "ChapterView" v
  LEFT JOIN "Chapter" c ON c.id = v."chapterId" WHERE v."window" IS NOT NULL
) AS rows GROUP BY shard;

-- The comparison of every read count with its history, which goes on a little at a time.
CREATE TABLE "HistoryCheck" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "kind" TEXT NOT NULL DEFAULT 'story',
  "afterId" INTEGER NOT NULL DEFAULT 0,
  "mismatched" BIGINT NOT NULL DEFAULT 0,
  "finishedAt" TIMESTAMPTZ(3),
  "result" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "HistoryCheck_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "HistoryCheck_one_row" CHECK ("id" = 1)
);
INSERT INTO "HistoryCheck" DEFAULT VALUES;

-- Drift that an operator has explained, with its sign: it is not shown as drift any more.
CREATE TABLE "DriftExplanation" (
  "id" SERIAL NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "part" TEXT NOT NULL,
  "views" BIGINT NOT NULL,
  "reason" TEXT NOT NULL,
  "explainedBy" TEXT NOT NULL,
  CONSTRAINT "DriftExplanation_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "DriftExplanation_part_idx" ON "DriftExplanation" ("part");

ALTER TABLE "LedgerEntry" ADD COLUMN "parts" JSONB;
