-- Alerts that recover or explain themselves, what happened to each, its value over time, and evaluations that are due early
-- (docs/decisions/0036). The foreign keys are checked at once: the columns are new, and every row is null.
ALTER TABLE "Alert"
    ADD COLUMN "recoveringSince" TIMESTAMPTZ(3),
    ADD COLUMN "explanation" TEXT,
    ADD COLUMN "drillId" INTEGER;
ALTER TABLE "Alert" ADD CONSTRAINT "Alert_drillId_fkey" FOREIGN KEY ("drillId") REFERENCES "Drill"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "AlertCheck" DROP CONSTRAINT "AlertCheck_phase";
ALTER TABLE "AlertCheck" ADD CONSTRAINT "AlertCheck_phase"
    CHECK ("phase" IN ('ok', 'no-data', 'pending', 'firing', 'recovering'));

ALTER TABLE "AlertRound"
    ADD COLUMN "nextAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "modeChangeId" BIGINT NOT NULL DEFAULT 0;

CREATE TABLE "AlertStep" (
    "id" BIGSERIAL NOT NULL,
    "alertId" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT,
    "to" TEXT,
    "text" TEXT,
    CONSTRAINT "AlertStep_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "AlertStep_alertId_at_idx" ON "AlertStep"("alertId", "at");
ALTER TABLE "AlertStep" ADD CONSTRAINT "AlertStep_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "AlertReading" (
    "alertId" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    CONSTRAINT "AlertReading_pkey" PRIMARY KEY ("alertId", "at")
);
ALTER TABLE "AlertReading" ADD CONSTRAINT "AlertReading_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What earlier versions kept about each alert is its timeline so far.
INSERT INTO "AlertStep" ("alertId", "at", "kind", "by", "text")
SELECT step.* FROM (
    SELECT id, "pendingAt", 'pending', NULL, NULL FROM "Alert"
    UNION ALL SELECT id, "firedAt", 'firing', NULL, NULL FROM "Alert" WHERE "firedAt" IS NOT NULL
    UNION ALL SELECT id, "acknowledgedAt", 'acknowledged', "acknowledgedBy", "note" FROM "Alert" WHERE "acknowledgedAt" IS NOT NULL
    UNION ALL SELECT id, "resolvedAt", 'resolved', NULL, NULL FROM "Alert" WHERE "resolvedAt" IS NOT NULL
) AS step(alert, at, kind, by, text) ORDER BY at;

-- It looks back over five minutes as it is, and "Redis is away" is the rule that notifies now: an operator's own numbers stay.
UPDATE "AlertRule" SET "keepFiringSeconds" = 60 WHERE "kind" = 'fallback-share' AND "updatedBy" IS NULL AND "keepFiringSeconds" = 300;
