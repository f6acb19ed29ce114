import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { bodyFor, type Message } from "./messages";

/** Puts a message into the outbox of every channel, or of one, in the caller's transaction. @returns how many. */
export async function enqueue(
  tx: Pick<PrismaClient, "alertChannel" | "delivery">,
  said: Message,
  now: Date,
  only?: number,
): Promise<number> {
  const channels = await tx.alertChannel.findMany({
    where: { removedAt: null, ...(only === undefined ? {} : { id: only }) },
    select: { id: true, kind: true },
  });
  const { count } = await tx.delivery.createMany({
    data: channels.map((channel) => ({
      channelId: channel.id,
      alertId: said.alert.id,
      event: said.event,
      body: bodyFor(channel.kind, said) as Prisma.InputJsonValue,
      createdAt: now,
      nextAt: now,
    })),
  });
  return count;
}
