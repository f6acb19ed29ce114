-- How urgent a rule's alerts are; an alert keeps the severity that its rule had when it fired (docs/decisions/0036).
ALTER TABLE "AlertRule" ADD COLUMN "severity" TEXT NOT NULL DEFAULT 'warning'
    CONSTRAINT "AlertRule_severity" CHECK ("severity" IN ('critical', 'warning', 'notice'));
ALTER TABLE "Alert" ADD COLUMN "severity" TEXT NOT NULL DEFAULT 'warning'
    CONSTRAINT "Alert_severity" CHECK ("severity" IN ('critical', 'warning', 'notice'));
UPDATE "AlertRule" SET "severity" = 'critical'
WHERE "kind" IN ('journal-in-use', 'journal-rejected', 'ledger-drift', 'known-loss', 'no-views');
UPDATE "AlertRule" SET "severity" = 'notice' WHERE "kind" IN ('fallback-share', 'surge', 'queue-failures');
UPDATE "Alert" a SET "severity" = r."severity" FROM "AlertRule" r WHERE r."kind" = a."rule";
