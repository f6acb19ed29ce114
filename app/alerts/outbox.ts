import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { findChannelKind, INBOX_KIND } from "./channel-kinds/all-kinds";
import type { AlertEvent, Notification } from "./notification";
import { SEVERITIES, type Severity, severityOf } from "./severity";

/** The part of a channel that decides what it is told. */
interface ToldChannel {
  id: number;
  kind: string;
  leastSeverity: string;
}

type Tx = Pick<PrismaClient, "alertChannel" | "delivery">;

/**
 * Puts a notification into the outbox of every channel that is told of it, or of one, in the caller's transaction. An alert, and that it
 * is handed over, is told to the channels whose least severity it reaches, and to the inbox; that it has resolved, to those that were told of
 * it. @returns how many channels it goes to.
 */
export async function enqueue(
  tx: Tx,
  notification: Notification,
  now: Date,
  onlyChannelId?: number,
): Promise<number> {
  const { event, alert } = notification;
  const channels = await tx.alertChannel.findMany({
    where: {
      removedAt: null,
      ...(onlyChannelId === undefined ? {} : { id: onlyChannelId }),
      ...(event === "resolved" && alert.id !== null ? { deliveries: { some: { alertId: alert.id } } } : {}),
    },
    select: { id: true, kind: true, leastSeverity: true },
  });
  const told = channels.filter((channel) => hears(channel, event, alert.severity));
  const data = told.flatMap((channel) => outboxRow(channel, notification, now) ?? []);
  return (await tx.delivery.createMany({ data })).count;
}

/** A notification as a row of a channel's outbox; null where its kind does not show such events. */
export function outboxRow(
  channel: Pick<ToldChannel, "id" | "kind">,
  notification: Notification,
  now: Date,
): Prisma.DeliveryCreateManyInput | null {
  const kind = findChannelKind(channel.kind);
  if (!kind?.events.includes(notification.event)) return null;
  return {
    channelId: channel.id,
    alertId: notification.alert.id,
    event: notification.event,
    body: kind.format(notification) as Prisma.InputJsonValue,
    createdAt: now,
    nextAt: now,
    // Where there is nothing to send, the row is the message.
    deliveredAt: kind.send ? null : now,
  };
}

/** Whether a channel is told of an event. Someone to whom an alert is handed over finds that in the inbox in any case. */
function hears(channel: ToldChannel, event: AlertEvent, severity: Severity) {
  if (event === "handed-over") return channel.kind === INBOX_KIND || isTold(channel, severity);
  return event !== "firing" || isTold(channel, severity);
}

/** Whether a channel is told of alerts of this severity. */
export const isTold = ({ leastSeverity }: Pick<ToldChannel, "leastSeverity">, severity: Severity) =>
  SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(severityOf(leastSeverity));
