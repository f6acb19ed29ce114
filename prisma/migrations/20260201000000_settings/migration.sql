-- What a process says of itself every two seconds: that it lives, and which settings it runs on.
CREATE TABLE "ProcessState" (
    "process" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,
    "settings" JSONB NOT NULL,
    CONSTRAINT "ProcessState_pkey" PRIMARY KEY ("process")
);

-- The audit page filters by who and what.
CREATE INDEX "AuditEvent_actor_idx" ON "AuditEvent"("actor");
CREATE INDEX "AuditEvent_action_idx" ON "AuditEvent"("action");
