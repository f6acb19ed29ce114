import { ADVISORY_LOCKS } from "~/platform/advisory-locks";
import { nameUsers } from "~/platform/people";
import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { kindsFor } from "./channel-kinds/all-kinds";
import { type AlertEvent, createNotification } from "./notification";
import { outboxRow } from "./outbox";
import { findRuleType } from "./rule-types/all-rules";
import { severityOf } from "./severity";

type Tx = Pick<PrismaClient, "$queryRaw" | "alert" | "delivery" | "user">;

/** A channel that should hear of an alert again. */
interface Due {
  alertId: number;
  channelId: number;
  kind: string;
}

/**
 * Tells channels how alerts go on: that someone has acknowledged one, and again that it is firing where a channel asks to be reminded.
 * Only channels that were told of the alert hear more of it. One process at a time does it, in one transaction. @returns how many
 * notifications went into the outbox. Rejects when Postgres does not answer.
 */
export const followUp = (db: PrismaClient, publicUrl: string, now: Date): Promise<number> =>
  db.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<
      { got: boolean }[]
    >`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCKS.followUpAlerts}::bigint) AS got`;
    if (!lock?.got) return 0;
    const acknowledged = await readAcknowledged(tx);
    const unheard = await readUnheard(tx, now);
    return (
      (await tell(tx, "acknowledged", acknowledged, { publicUrl, now })) +
      (await tell(tx, "reminder", unheard, { publicUrl, now }))
    );
  });

/** Acknowledged alerts, for channels that show it and have not been told since. */
const readAcknowledged = (tx: Tx) => tx.$queryRaw<Due[]>`
  SELECT a.id AS "alertId", c.id AS "channelId", c.kind
  FROM "Alert" a JOIN "AlertChannel" c ON c."removedAt" IS NULL AND c.kind = ANY(${kindsFor("acknowledged")})
  WHERE a."resolvedAt" IS NULL AND a.told AND a."acknowledgedAt" IS NOT NULL
    AND EXISTS (SELECT FROM "Delivery" d WHERE d."alertId" = a.id AND d."channelId" = c.id)
    AND NOT EXISTS (SELECT FROM "Delivery" d WHERE d."alertId" = a.id AND d."channelId" = c.id
      AND d.event IN ('acknowledged', 'handed-over') AND d."createdAt" >= a."acknowledgedAt")`;

/**
 * Alerts that need someone and that no one has taken, for channels whose pause between reminders is over. While the last notification has not
 * arrived, another would only wait behind it.
 */
const readUnheard = (tx: Tx, now: Date) => tx.$queryRaw<Due[]>`
  SELECT a.id AS "alertId", c.id AS "channelId", c.kind
  FROM "Alert" a JOIN "AlertRule" r ON r.kind = a.rule
  JOIN "AlertChannel" c ON c."removedAt" IS NULL AND c."repeatMinutes" IS NOT NULL AND c.kind = ANY(${kindsFor("reminder")})
  JOIN LATERAL (
    SELECT max(d."createdAt") AS at, bool_or(d."deliveredAt" IS NULL AND d."givenUpAt" IS NULL) AS waiting
    FROM "Delivery" d WHERE d."alertId" = a.id AND d."channelId" = c.id) last ON last.at IS NOT NULL
  WHERE a."resolvedAt" IS NULL AND a.phase = 'firing' AND a.told AND a."acknowledgedAt" IS NULL
    AND a."recoveringSince" IS NULL AND a.explanation IS NULL
    AND (a."snoozedUntil" IS NULL OR a."snoozedUntil" <= ${now})
    AND (r."silencedUntil" IS NULL OR r."silencedUntil" <= ${now})
    AND NOT last.waiting AND last.at <= ${now}::timestamptz - make_interval(mins => c."repeatMinutes")`;

async function tell(
  tx: Tx,
  event: AlertEvent,
  due: readonly Due[],
  { publicUrl, now }: { publicUrl: string; now: Date },
): Promise<number> {
  if (due.length === 0) return 0;
  const rows = await tx.alert.findMany({ where: { id: { in: due.map(({ alertId }) => alertId) } } });
  const alerts = await nameUsers(tx, rows, ["acknowledgedBy"], "name");
  const data: Prisma.DeliveryCreateManyInput[] = due.flatMap(({ alertId, channelId, kind }) => {
    const alert = alerts.find(({ id }) => id === alertId);
    const type = alert && findRuleType(alert.rule);
    if (!type) return [];
    const { id, message, value, threshold, firedAt, resolvedAt, acknowledgedAt } = alert;
    const severity = severityOf(alert.severity);
    const notification = createNotification(
      event,
      type,
      { id, message, value, threshold, severity, firedAt, resolvedAt },
      { at: now, publicUrl, by: alert.acknowledgedBy ?? undefined },
    );
    // Never before the acknowledgement, whatever the clock of the process that wrote it: it would be told again.
    const at = event === "acknowledged" && acknowledgedAt && acknowledgedAt > now ? acknowledgedAt : now;
    return outboxRow({ id: channelId, kind }, notification, at) ?? [];
  });
  return (await tx.delivery.createMany({ data })).count;
}
