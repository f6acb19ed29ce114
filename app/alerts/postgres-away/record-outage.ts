import type { PrismaClient } from "../../../prisma/client/client";
import { enqueue, outboxRow } from "../outbox";
import { POSTGRES_AWAY } from "../rule-types/postgres-away";
import { ensureRules } from "../rules";
import { awayNotification, backNotification, describeOutage, type Outage, secondsBetween } from "./outage";

/**
 * Writes an outage down once it is over: the alert, resolved, and what each channel was told, with every attempt. The channels learn from
 * the outbox that it is over, so that this is retried as usual. One transaction. Rejects when Postgres does not answer; nothing has
 * changed then.
 */
export const recordOutage = (
  db: PrismaClient,
  outage: Outage,
  { now, publicUrl, process }: { now: Date; publicUrl: string; process: string },
): Promise<void> =>
  db.$transaction(async (tx) => {
    const { since, toldAt, lastFailedAt, known, told } = outage;
    await ensureRules(tx);
    const alert = await tx.alert.create({
      data: {
        rule: POSTGRES_AWAY.kind,
        phase: "resolved",
        pendingAt: since,
        firedAt: toldAt,
        breachedAt: lastFailedAt,
        resolvedAt: now,
        value: secondsBetween(since, now),
        threshold: known.threshold,
        severity: known.severity,
        message: describeOutage(outage, now),
        notified: true,
      },
    });
    const firing = awayNotification(outage, publicUrl);
    for (const { channel, attempts, deliveredAt } of told) {
      const row = outboxRow(channel, firing, toldAt);
      if (!row) continue;
      // What could not be delivered in time is not news any more: the end of it is.
      const missed = row.deliveredAt === null && deliveredAt === null;
      await tx.delivery.create({
        data: {
          ...row,
          alertId: alert.id,
          attempts: attempts.length,
          deliveredAt: row.deliveredAt ?? deliveredAt,
          givenUpAt: missed ? now : null,
          givenUpBy: missed ? process : null,
          log: {
            create: attempts.map(({ at, ms, answer: { status, error } }) => ({ at, ms, status, error })),
          },
        },
      });
    }
    await enqueue(tx, backNotification(outage, alert.id, now, publicUrl), now);
  });
