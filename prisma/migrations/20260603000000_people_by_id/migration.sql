-- Rows about operations name people as "user 12" instead of by e-mail address: an address in the audit, which cannot be changed, would
-- outlive its account. The function converts what it can: rows that have the account's id, or the address of an account that exists.
-- Only the owner may call it. It is called again after later migrations, for rows that processes of the version before wrote meanwhile.
CREATE FUNCTION name_people_by_id() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM "AuditEvent" WHERE actor LIKE '%@%'
               AND ("actorId" IS NOT NULL OR actor IN (SELECT email FROM "User"))) THEN
        ALTER TABLE "AuditEvent" DISABLE TRIGGER "AuditEvent_append_only";
        UPDATE "AuditEvent" SET actor = 'user ' || "actorId" WHERE actor LIKE '%@%' AND "actorId" IS NOT NULL;
        UPDATE "AuditEvent" a SET actor = 'user ' || u.id, "actorId" = u.id
            FROM "User" u WHERE a.actor = u.email;
        ALTER TABLE "AuditEvent" ENABLE ALWAYS TRIGGER "AuditEvent_append_only";
    END IF;
    UPDATE "Setting" r SET "updatedBy" = 'user ' || u.id FROM "User" u WHERE r."updatedBy" = u.email;
    UPDATE "AlertRule" r SET "updatedBy" = 'user ' || u.id FROM "User" u WHERE r."updatedBy" = u.email;
    UPDATE "AlertRule" r SET "silencedBy" = 'user ' || u.id FROM "User" u WHERE r."silencedBy" = u.email;
    UPDATE "Alert" r SET "acknowledgedBy" = 'user ' || u.id FROM "User" u WHERE r."acknowledgedBy" = u.email;
    UPDATE "Alert" r SET "snoozedBy" = 'user ' || u.id FROM "User" u WHERE r."snoozedBy" = u.email;
    UPDATE "AlertChannel" r SET "createdBy" = 'user ' || u.id FROM "User" u WHERE r."createdBy" = u.email;
    UPDATE "Delivery" r SET "givenUpBy" = 'user ' || u.id FROM "User" u WHERE r."givenUpBy" = u.email;
    UPDATE "Drill" r SET "startedBy" = 'user ' || u.id FROM "User" u WHERE r."startedBy" = u.email;
    UPDATE "Drill" r SET "abortedBy" = 'user ' || u.id FROM "User" u WHERE r."abortedBy" = u.email;
    UPDATE "DriftExplanation" r SET "explainedBy" = 'user ' || u.id FROM "User" u WHERE r."explainedBy" = u.email;
END $$;
REVOKE ALL ON FUNCTION name_people_by_id() FROM PUBLIC;
SELECT name_people_by_id();

-- A session that claims to replicate does not switch them off either.
ALTER TABLE "AuditEvent" ENABLE ALWAYS TRIGGER "AuditEvent_append_only", ENABLE ALWAYS TRIGGER "AuditEvent_no_truncate";
