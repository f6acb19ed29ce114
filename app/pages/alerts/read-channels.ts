import type { SerializeFrom } from "@remix-run/node";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../prisma/client/client";

const DELIVERIES_SHOWN = 40;

/** The channels in use, without addresses or secrets, and the latest deliveries to any channel. */
export async function readChannels(db: PrismaClient) {
  const [channels, deliveries] = await Promise.all([
    db.alertChannel.findMany({
      where: { removedAt: null },
      orderBy: { id: "asc" },
      select: { id: true, name: true, kind: true, host: true },
    }),
    db.delivery.findMany({
      orderBy: { id: "desc" },
      take: DELIVERIES_SHOWN,
      select: {
        id: true,
        event: true,
        createdAt: true,
        nextAt: true,
        attempts: true,
        deliveredAt: true,
        givenUpAt: true,
        givenUpBy: true,
        channel: { select: { name: true } },
        alert: { select: { rule: true } },
        log: { orderBy: { id: "desc" }, take: 1, select: { status: true, error: true } },
      },
    }),
  ]);
  return {
    channels,
    deliveries: (await nameUsers(db, deliveries, ["givenUpBy"])).map(
      ({ id, channel, alert, log, ...delivery }) => ({
        ...delivery,
        id: String(id),
        channel: channel.name,
        title: alert ? (findRuleType(alert.rule)?.title ?? alert.rule) : "Test",
        lastAttempt: log[0] ?? null,
      }),
    ),
  };
}

/** A channel, as the browser gets it. */
export type ChannelRow = SerializeFrom<typeof readChannels>["channels"][number];
/** A delivery, as the browser gets it. */
export type DeliveryRow = SerializeFrom<typeof readChannels>["deliveries"][number];
