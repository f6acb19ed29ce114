-- btree_gist lets one exclusion constraint hold "the same story", "the same viewer" and "overlapping windows".
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TYPE "Role" AS ENUM ('READER', 'EDITOR', 'OPS');
CREATE TYPE "PublicationStatus" AS ENUM ('DRAFT', 'PUBLISHED');

CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'READER',
    "passwordHash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "userId" INTEGER,
    "data" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Session_userId_idx" ON "Session"("userId");
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

CREATE TABLE "Story" (
    "id" SERIAL NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "blurb" TEXT NOT NULL,
    "genre" TEXT NOT NULL DEFAULT '',
    "authorId" INTEGER NOT NULL,
    "status" "PublicationStatus" NOT NULL DEFAULT 'DRAFT',
    "readCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "publishedAt" TIMESTAMPTZ(3),
    CONSTRAINT "Story_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Story_slug_key" ON "Story"("slug");
CREATE INDEX "Story_authorId_idx" ON "Story"("authorId");

CREATE TABLE "StoryEditor" (
    "storyId" INTEGER NOT NULL,
    "userId" INTEGER NOT NULL,
    CONSTRAINT "StoryEditor_pkey" PRIMARY KEY ("storyId", "userId")
);
CREATE INDEX "StoryEditor_userId_idx" ON "StoryEditor"("userId");

CREATE TABLE "Chapter" (
    "id" SERIAL NOT NULL,
    "storyId" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "status" "PublicationStatus" NOT NULL DEFAULT 'DRAFT',
    "readCount" INTEGER NOT NULL DEFAULT 0,
    "publishedAt" TIMESTAMPTZ(3),
    CONSTRAINT "Chapter_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Chapter_storyId_number_key" ON "Chapter"("storyId", "number");

CREATE TABLE "ReadingPlace" (
    "userId" INTEGER NOT NULL,
    "storyId" INTEGER NOT NULL,
    "chapterNumber" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "ReadingPlace_pkey" PRIMARY KEY ("userId", "storyId")
);

CREATE TABLE "StoryView" (
    "id" BIGSERIAL NOT NULL,
    "storyId" INTEGER NOT NULL,
    "viewer" TEXT NOT NULL,
    "viewerBefore" TEXT,
    "viewerAfter" TEXT,
    "viewedAt" TIMESTAMPTZ(3) NOT NULL,
    "counted" BOOLEAN NOT NULL DEFAULT true,
    "window" tstzrange,
    "referrer" TEXT,
    "device" TEXT,
    "reconciledAt" TIMESTAMPTZ(3),
    "retractedAt" TIMESTAMPTZ(3),
    CONSTRAINT "StoryView_pkey" PRIMARY KEY ("id"),
    -- The dedupe itself: exact, sliding, race-free across processes. Historical rows have no window.
    CONSTRAINT "StoryView_one_per_window"
        EXCLUDE USING gist ("storyId" WITH =, "viewer" WITH =, "window" WITH &&) WHERE ("counted")
);
CREATE INDEX "StoryView_storyId_viewedAt_idx" ON "StoryView"("storyId", "viewedAt");
-- A repeat during an outage is kept once a minute per viewer, so that nobody can fill the table by reloading.
CREATE UNIQUE INDEX "StoryView_repeat_per_minute"
    ON "StoryView"("storyId", "viewer", date_bin('1 minute', "viewedAt", TIMESTAMPTZ '2000-01-01 00:00:00+00'))
    WHERE (NOT "counted" AND "window" IS NOT NULL AND "retractedAt" IS NULL);
CREATE INDEX "StoryView_unreconciled" ON "StoryView"("viewedAt", "id")
    WHERE ("window" IS NOT NULL AND "reconciledAt" IS NULL);

CREATE TABLE "ChapterView" (
    "id" BIGSERIAL NOT NULL,
    "chapterId" INTEGER NOT NULL,
    "viewer" TEXT NOT NULL,
    "viewerBefore" TEXT,
    "viewerAfter" TEXT,
    "viewedAt" TIMESTAMPTZ(3) NOT NULL,
    "counted" BOOLEAN NOT NULL DEFAULT true,
    "window" tstzrange,
    "referrer" TEXT,
    "device" TEXT,
    "reconciledAt" TIMESTAMPTZ(3),
    "retractedAt" TIMESTAMPTZ(3),
    CONSTRAINT "ChapterView_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "ChapterView_one_per_window"
        EXCLUDE USING gist ("chapterId" WITH =, "viewer" WITH =, "window" WITH &&) WHERE ("counted")
);
CREATE INDEX "ChapterView_chapterId_viewedAt_idx" ON "ChapterView"("chapterId", "viewedAt");
CREATE UNIQUE INDEX "ChapterView_repeat_per_minute"
    ON "ChapterView"("chapterId", "viewer", date_bin('1 minute', "viewedAt", TIMESTAMPTZ '2000-01-01 00:00:00+00'))
    WHERE (NOT "counted" AND "window" IS NOT NULL AND "retractedAt" IS NULL);
CREATE INDEX "ChapterView_unreconciled" ON "ChapterView"("viewedAt", "id")
    WHERE ("window" IS NOT NULL AND "reconciledAt" IS NULL);

CREATE TABLE "ViewHour" (
    "kind" TEXT NOT NULL CHECK ("kind" IN ('story', 'chapter')),
    "targetId" INTEGER NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "views" INTEGER NOT NULL,
    CONSTRAINT "ViewHour_pkey" PRIMARY KEY ("kind", "targetId", "hour", "source")
);
CREATE INDEX "ViewHour_hour_idx" ON "ViewHour"("hour");

CREATE TABLE "ViewDetailHour" (
    "storyId" INTEGER NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "dimension" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "views" INTEGER NOT NULL,
    CONSTRAINT "ViewDetailHour_pkey" PRIMARY KEY ("storyId", "hour", "source", "dimension", "value")
);

CREATE TABLE "Salt" (
    "day" INTEGER NOT NULL,
    "salt" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Salt_pkey" PRIMARY KEY ("day")
);

CREATE TABLE "Setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedBy" TEXT,
    CONSTRAINT "Setting_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "AuditEvent" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actorId" INTEGER,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,
    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at");

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'AuditEvent is append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER "AuditEvent_append_only" BEFORE UPDATE OR DELETE ON "AuditEvent"
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER "AuditEvent_no_truncate" BEFORE TRUNCATE ON "AuditEvent"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE "SyncRun" (
    "id" SERIAL NOT NULL,
    "trigger" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),
    "targets" INTEGER NOT NULL DEFAULT 0,
    "views" INTEGER NOT NULL DEFAULT 0,
    "orphans" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "shards" JSONB,
    CONSTRAINT "SyncRun_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "SyncRun_startedAt_idx" ON "SyncRun"("startedAt");

CREATE TABLE "RedisLedger" (
    "shard" INTEGER NOT NULL,
    "ledger" TEXT NOT NULL,
    "base" BIGINT NOT NULL DEFAULT 0,
    "accepted" BIGINT NOT NULL,
    "firstAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),
    CONSTRAINT "RedisLedger_pkey" PRIMARY KEY ("shard", "ledger")
);

CREATE TABLE "KnownLoss" (
    "id" SERIAL NOT NULL,
    "detectedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fromAt" TIMESTAMPTZ(3),
    "toAt" TIMESTAMPTZ(3) NOT NULL,
    "views" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "behind" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "KnownLoss_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "LedgerEntry" (
    "id" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "accepted" BIGINT NOT NULL,
    "synced" BIGINT NOT NULL,
    "buffered" BIGINT NOT NULL,
    "fallback" BIGINT NOT NULL,
    "journalled" BIGINT NOT NULL,
    "retracted" BIGINT NOT NULL,
    "knownLost" BIGINT NOT NULL,
    "drift" BIGINT NOT NULL,
    CONSTRAINT "LedgerEntry_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "LedgerEntry_at_idx" ON "LedgerEntry"("at");

CREATE TABLE "Sample" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "span" INTEGER NOT NULL,
    "process" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "redis" INTEGER NOT NULL DEFAULT 0,
    "database" INTEGER NOT NULL DEFAULT 0,
    "journal" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "excluded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "journalled" INTEGER NOT NULL DEFAULT 0,
    "latencyP50Us" INTEGER,
    "latencyP99Us" INTEGER,
    "mode" TEXT NOT NULL,
    "buffered" INTEGER,
    "lagSeconds" INTEGER,
    CONSTRAINT "Sample_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Sample_at_idx" ON "Sample"("at");

CREATE TABLE "ModeChange" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "process" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    CONSTRAINT "ModeChange_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "ModeChange_at_idx" ON "ModeChange"("at");

ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Story" ADD CONSTRAINT "Story_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "StoryEditor" ADD CONSTRAINT "StoryEditor_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "StoryEditor" ADD CONSTRAINT "StoryEditor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Chapter" ADD CONSTRAINT "Chapter_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "ReadingPlace" ADD CONSTRAINT "ReadingPlace_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "ReadingPlace" ADD CONSTRAINT "ReadingPlace_storyId_fkey" FOREIGN KEY ("storyId") REFERENCES "Story"("id") ON DELETE CASCADE ON UPDATE CASCADE;
