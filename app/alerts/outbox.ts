import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { bodyFor, type Notification } from "./notification";

/**
 * Puts a notification into the outbox of every channel, or of one, in the caller's transaction. @returns how many channels it
 * goes to.
 */
export async function enqueue(
  tx: Pick<PrismaClient, "alertChannel" | "delivery">,
  notification: Notification,
  now: Date,
  onlyChannelId?: number,
): Promise<number> {
  const channels = await tx.alertChannel.findMany({
    where: { removedAt: null, ...(onlyChannelId === undefined ? {} : { id: onlyChannelId }) },
    select: { id: true, kind: true },
  });
  const { count } = await tx.delivery.createMany({
    data: channels.map((channel) => ({
      channelId: channel.id,
      alertId: notification.alert.id,
      event: notification.event,
      body: bodyFor(channel.kind, notification) as Prisma.InputJsonValue,
      createdAt: now,
      nextAt: now,
    })),
  });
  return count;
}
