-- The heartbeat to a service outside, which notices when alerting itself has stopped (docs/decisions/0037).
CREATE TABLE "Heartbeat" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "nextAt" TIMESTAMPTZ(3) NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3),
    "failedAt" TIMESTAMPTZ(3),
    "error" TEXT,
    "withheldAt" TIMESTAMPTZ(3),
    "withheldReason" TEXT,

    CONSTRAINT "Heartbeat_pkey" PRIMARY KEY ("id")
);
