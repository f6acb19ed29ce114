-- Alert rules, alerts, the outbox of notifications, and drills (docs/decisions/0012).
CREATE TABLE "AlertRule" (
    "kind" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "threshold" DOUBLE PRECISION NOT NULL,
    "windowSeconds" INTEGER NOT NULL,
    "forSeconds" INTEGER NOT NULL,
    "keepFiringSeconds" INTEGER NOT NULL,
    "silencedUntil" TIMESTAMPTZ(3),
    "silencedBy" TEXT,
    "silenceReason" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedBy" TEXT,
    CONSTRAINT "AlertRule_pkey" PRIMARY KEY ("kind"),
    CONSTRAINT "AlertRule_durations" CHECK ("windowSeconds" >= 0 AND "forSeconds" >= 0 AND "keepFiringSeconds" >= 0)
);

CREATE TABLE "AlertCheck" (
    "rule" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION,
    "says" TEXT NOT NULL,
    CONSTRAINT "AlertCheck_pkey" PRIMARY KEY ("rule"),
    CONSTRAINT "AlertCheck_phase" CHECK ("phase" IN ('ok', 'no-data', 'pending', 'firing'))
);

CREATE TABLE "Alert" (
    "id" SERIAL NOT NULL,
    "rule" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "pendingAt" TIMESTAMPTZ(3) NOT NULL,
    "firedAt" TIMESTAMPTZ(3),
    "badAt" TIMESTAMPTZ(3) NOT NULL,
    "unknownSince" TIMESTAMPTZ(3),
    "resolvedAt" TIMESTAMPTZ(3),
    "value" DOUBLE PRECISION,
    "threshold" DOUBLE PRECISION NOT NULL,
    "says" TEXT NOT NULL,
    "told" BOOLEAN NOT NULL DEFAULT false,
    "acknowledgedAt" TIMESTAMPTZ(3),
    "acknowledgedBy" TEXT,
    "note" TEXT,
    "snoozedUntil" TIMESTAMPTZ(3),
    "snoozedBy" TEXT,
    CONSTRAINT "Alert_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Alert_phase" CHECK ("phase" IN ('pending', 'firing', 'resolved') AND ("phase" = 'resolved') = ("resolvedAt" IS NOT NULL))
);
CREATE INDEX "Alert_resolvedAt_idx" ON "Alert"("resolvedAt");
-- Flapping makes one alert: the database refuses a second open one.
CREATE UNIQUE INDEX "Alert_one_open" ON "Alert"("rule") WHERE "resolvedAt" IS NULL;

CREATE TABLE "AlertRound" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "process" TEXT NOT NULL,
    CONSTRAINT "AlertRound_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "AlertRound_one" CHECK ("id" = 1)
);

CREATE TABLE "AlertChannel" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "secret" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "removedAt" TIMESTAMPTZ(3),
    CONSTRAINT "AlertChannel_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "AlertChannel_kind" CHECK ("kind" = 'slack' OR ("kind" = 'webhook' AND "secret" IS NOT NULL))
);

CREATE TABLE "Delivery" (
    "id" BIGSERIAL NOT NULL,
    "channelId" INTEGER NOT NULL,
    "alertId" INTEGER,
    "event" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "nextAt" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "deliveredAt" TIMESTAMPTZ(3),
    "givenUpAt" TIMESTAMPTZ(3),
    "givenUpBy" TEXT,
    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Delivery_createdAt_idx" ON "Delivery"("createdAt");
CREATE INDEX "Delivery_waiting" ON "Delivery"("nextAt") WHERE "deliveredAt" IS NULL AND "givenUpAt" IS NULL;

CREATE TABLE "DeliveryAttempt" (
    "id" BIGSERIAL NOT NULL,
    "deliveryId" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "status" INTEGER,
    "ms" INTEGER NOT NULL,
    "error" TEXT,
    CONSTRAINT "DeliveryAttempt_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "DeliveryAttempt_deliveryId_idx" ON "DeliveryAttempt"("deliveryId");

CREATE TABLE "Drill" (
    "id" SERIAL NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endsAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "startedBy" TEXT NOT NULL,
    "abortedBy" TEXT,
    "expected" INTEGER NOT NULL DEFAULT 0,
    "alertId" INTEGER,
    "alertFiredAt" TIMESTAMPTZ(3),
    "deliveredAt" TIMESTAMPTZ(3),
    "alertResolvedAt" TIMESTAMPTZ(3),
    "fallbackViews" INTEGER NOT NULL DEFAULT 0,
    "reconciledAt" TIMESTAMPTZ(3),
    CONSTRAINT "Drill_pkey" PRIMARY KEY ("id"),
    -- One at a time, and none without an end.
    CONSTRAINT "Drill_one_at_a_time" EXCLUDE USING gist (tstzrange("startedAt", COALESCE("endedAt", "endsAt")) WITH &&),
    CONSTRAINT "Drill_ends" CHECK ("endsAt" > "startedAt" AND "endsAt" <= "startedAt" + interval '1 hour')
);
CREATE INDEX "Drill_startedAt_idx" ON "Drill"("startedAt");

CREATE TABLE "DrillProcess" (
    "drillId" INTEGER NOT NULL,
    "process" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "heldAt" TIMESTAMPTZ(3) NOT NULL,
    "recoveredAt" TIMESTAMPTZ(3),
    CONSTRAINT "DrillProcess_pkey" PRIMARY KEY ("drillId", "process")
);

ALTER TABLE "AlertCheck" ADD CONSTRAINT "AlertCheck_rule_fkey" FOREIGN KEY ("rule") REFERENCES "AlertRule"("kind") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Alert" ADD CONSTRAINT "Alert_rule_fkey" FOREIGN KEY ("rule") REFERENCES "AlertRule"("kind") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "AlertChannel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Delivery" ADD CONSTRAINT "Delivery_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "DeliveryAttempt" ADD CONSTRAINT "DeliveryAttempt_deliveryId_fkey" FOREIGN KEY ("deliveryId") REFERENCES "Delivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "DrillProcess" ADD CONSTRAINT "DrillProcess_drillId_fkey" FOREIGN KEY ("drillId") REFERENCES "Drill"("id") ON DELETE CASCADE ON UPDATE CASCADE;
