import type pg from "pg";
import { insertRules } from "../../prisma/seed/operations/incidents";
import { emailOf } from "../../prisma/seed/people";
import type { History } from "./history";

const ALERTS = 400;
const JOURNAL_FILES = 200;
const DAYS_BETWEEN_DRILLS = 30;

/** Writes what people and the schedule did in two years: audit events, resolved alerts, drills, replayed journal files, and the sync's interval. */
export async function writeOperations(
  client: pg.ClientBase,
  { start, end, hours }: History,
  auditEvents: number,
) {
  const operator = emailOf("ops");
  await client.query(
    `INSERT INTO "Setting" (key, value, "updatedBy") VALUES ('sync', '{"intervalHours":1,"pausedUntil":null,"pausedReason":""}', $1)
     ON CONFLICT (key) DO NOTHING`,
    [operator],
  );
  await client.query(
    `INSERT INTO "AuditEvent" (at, actor, action, target, reason, after)
     SELECT $1::timestamptz + (n - 0.5) / $2 * ($3::timestamptz - $1::timestamptz), $4, a.action,
       CASE a.action WHEN 'sync.pause' THEN 'setting sync' WHEN 'sync.interval' THEN 'setting sync' WHEN 'story.repair' THEN 'story large-' || lpad((n % 2000)::text, 5, '0')
         WHEN 'sync.run' THEN 'run ' || n ELSE 'alert ' || n % 400 END,
       a.reason, CASE a.action WHEN 'sync.interval' THEN '{"intervalHours":1,"pausedUntil":null,"pausedReason":""}'::jsonb
         WHEN 'sync.pause' THEN jsonb_build_object('intervalHours', 1, 'pausedReason', a.reason,
           'pausedUntil', to_char($1::timestamptz + (n - 0.5) / $2 * ($3::timestamptz - $1::timestamptz) + interval '40 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END
     FROM generate_series(1, $2::int) n JOIN (VALUES (0, 'sync.pause', 'a new index on ViewHour'), (1, 'sync.interval', 'editors asked for fresher numbers'),
       (2, 'alert.acknowledge', 'looking into it'), (3, 'sync.run', 'before a release'), (4, 'story.repair', 'after a merge of two stories'),
       (5, 'alert.snooze', 'known, until the release'), (6, 'sync.run', 'an author asked')) AS a(place, action, reason)
       ON a.place = CASE WHEN n % 997 = 0 THEN 0 WHEN n % 1511 = 0 THEN 1 ELSE 2 + n % 5 END
     ORDER BY n`,
    [start, auditEvents, end, operator],
  );
  await insertRules(client);
  await client.query(
    `INSERT INTO "Alert" (rule, phase, "pendingAt", "firedAt", "badAt", "resolvedAt", value, threshold, says)
     SELECT r.kind, 'resolved', at, at + interval '1 min', at + interval '9 min', at + interval '15 min', r.threshold * 1.2, r.threshold,
       'The limit was exceeded.'
     FROM (SELECT n, $1::timestamptz + n * ($2::timestamptz - $1::timestamptz) / ($3::int + 1) AS at FROM generate_series(1, $3::int) n) a
     JOIN (SELECT *, row_number() OVER (ORDER BY kind) - 1 AS place FROM "AlertRule") r ON r.place = a.n % (SELECT count(*) FROM "AlertRule")
     ORDER BY n`,
    [start, end, ALERTS],
  );
  await client.query(
    `INSERT INTO "Drill" ("startedAt", "endsAt", "endedAt", "startedBy", expected)
     SELECT at, at + interval '2 min', at + interval '2 min', $3, 5
     FROM generate_series($1::timestamptz + interval '25 days', $2::timestamptz - interval '2 days', interval '${DAYS_BETWEEN_DRILLS} days') AS at`,
    [start, end, operator],
  );
  await client.query(
    `INSERT INTO "JournalFile" (file, process, appended, replayed, "firstAt", "updatedAt")
     SELECT 'large-' || n, 'web-host' || n % 4 || '-4000', 100 + n, 100 + n, at, at + interval '5 min'
     FROM (SELECT n, $1::timestamptz + ($2::int - n * 10) * interval '1 hour' AS at FROM generate_series(1, ${JOURNAL_FILES}) n) f`,
    [start, hours],
  );
}
