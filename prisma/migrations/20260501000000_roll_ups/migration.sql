-- Tables derived from samples and exclusions (app/telemetry/roll-up), empty until the worker's housekeeping fills them; until then
-- pages read the tables behind them. The index on ViewDetailHour takes some seconds per ten million rows. Meanwhile views are counted
-- in Redis as always; the sync and views that go to Postgres wait, and the latter go to the journal.
SET lock_timeout = '10s';

-- CreateTable
CREATE TABLE "SampleTotal" (
    "span" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reports" INTEGER NOT NULL,
    "redis" BIGINT NOT NULL,
    "database" BIGINT NOT NULL,
    "journal" BIGINT NOT NULL,
    "duplicates" BIGINT NOT NULL,
    "excluded" BIGINT NOT NULL,
    "failed" BIGINT NOT NULL,
    "latencyBuckets" BIGINT[] NOT NULL,
    "buffered" INTEGER,
    "lagSeconds" INTEGER,

    CONSTRAINT "SampleTotal_pkey" PRIMARY KEY ("span","at")
);

-- CreateTable
CREATE TABLE "Presence" (
    "id" SERIAL NOT NULL,
    "process" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "from" TIMESTAMPTZ(3) NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Presence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ExclusionHour" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "views" BIGINT NOT NULL,

    CONSTRAINT "ExclusionHour_pkey" PRIMARY KEY ("hour","reason")
);

-- CreateTable
CREATE TABLE "RollUp" (
    "name" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RollUp_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "Presence_to_idx" ON "Presence"("to");

-- CreateIndex
CREATE INDEX "Presence_process_idx" ON "Presence"("process");

-- CreateIndex
CREATE INDEX "AuditEvent_target_at_idx" ON "AuditEvent"("target", "at");

-- CreateIndex
CREATE INDEX "ModeChange_process_at_idx" ON "ModeChange"("process", "at");

-- Why visits were not counted, over all stories: a small part of the details. The schema language knows no partial indexes.
CREATE INDEX "ViewDetailHour_excluded_hour" ON "ViewDetailHour"("hour") WHERE "dimension" = 'excluded';
