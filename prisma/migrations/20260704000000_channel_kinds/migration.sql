-- More kinds of channels, what each is told, and an inbox on every site (docs/decisions/0037). Existing channels are told everything, as
-- before, and are not reminded.
ALTER TABLE "AlertChannel" ADD COLUMN "leastSeverity" TEXT NOT NULL DEFAULT 'notice'
    CONSTRAINT "AlertChannel_leastSeverity" CHECK ("leastSeverity" IN ('critical', 'warning', 'notice'));
ALTER TABLE "AlertChannel" ADD COLUMN "repeatMinutes" INTEGER
    CONSTRAINT "AlertChannel_repeatMinutes" CHECK ("repeatMinutes" > 0);

-- Which kinds there are is the program's business; which cannot do without a secret is the table's.
ALTER TABLE "AlertChannel" DROP CONSTRAINT "AlertChannel_kind";
ALTER TABLE "AlertChannel" ADD CONSTRAINT "AlertChannel_kind" CHECK ("kind" NOT IN ('webhook', 'pagerduty') OR "secret" IS NOT NULL);

-- The one inbox. What it holds starts now: notifications of before went to the channels of then.
CREATE UNIQUE INDEX "AlertChannel_inbox" ON "AlertChannel" ("kind") WHERE "kind" = 'inbox';
INSERT INTO "AlertChannel" ("name", "kind", "url", "host", "createdBy") VALUES ('Inbox', 'inbox', '', '', 'Tidemark');

-- CreateIndex
CREATE INDEX "Delivery_alertId_channelId_idx" ON "Delivery"("alertId", "channelId");
CREATE INDEX "Delivery_channelId_id_idx" ON "Delivery"("channelId", "id");

-- CreateTable
CREATE TABLE "InboxRead" (
    "deliveryId" BIGINT NOT NULL,
    "userId" INTEGER NOT NULL,
    "readAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "InboxRead_pkey" PRIMARY KEY ("deliveryId", "userId")
);
CREATE INDEX "InboxRead_userId_idx" ON "InboxRead"("userId");
ALTER TABLE "InboxRead" ADD CONSTRAINT "InboxRead_deliveryId_fkey" FOREIGN KEY ("deliveryId") REFERENCES "Delivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "InboxRead" ADD CONSTRAINT "InboxRead_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
