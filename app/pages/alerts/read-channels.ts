import type { SerializeFrom } from "@remix-run/node";
import { ADDABLE_KINDS, findChannelKind, INBOX_KIND } from "~/alerts/channel-kinds/all-kinds";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import { nameUsers } from "~/platform/people";
import type { PrismaClient } from "../../../prisma/client/client";

const DELIVERIES_SHOWN = 40;

/** The channels in use with their health, without addresses or secrets; the latest deliveries to any channel but the inbox; and the kinds to add. */
export async function readChannels(db: PrismaClient) {
  const [channels, deliveries] = await Promise.all([
    readHealth(db),
    db.delivery.findMany({
      where: { channel: { kind: { not: INBOX_KIND } } },
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
    channels: channels.map((channel) => ({
      ...channel,
      isInbox: channel.kind === INBOX_KIND,
      label: findChannelKind(channel.kind)?.label ?? channel.kind,
    })),
    kinds: ADDABLE_KINDS.map(({ kind, label, about, fields, proposedRepeat }) => ({
      kind,
      label,
      about,
      fields,
      proposedRepeat,
    })),
    deliveries: (await nameUsers(db, deliveries, ["givenUpBy"])).map(
      ({ id, channel, alert, log, ...delivery }) => ({
        ...delivery,
        id: String(id),
        channel: channel.name,
        title: alert ? (findRuleType(alert.rule)?.title ?? alert.rule) : null,
        lastAttempt: log[0] ?? null,
      }),
    ),
  };
}

interface ChannelHealth {
  id: number;
  name: string;
  kind: string;
  host: string;
  leastSeverity: string;
  repeatMinutes: number | null;
  /** When it last accepted a notification. */
  deliveredAt: Date | null;
  /** Its last failed attempt, and why it failed. */
  failedAt: Date | null;
  status: number | null;
  error: string | null;
  /** Notifications that are neither delivered nor given up. */
  waiting: number;
}

/** An attempt has failed if it has an error; those of versions before may have a status only. */
const readHealth = (db: PrismaClient) => db.$queryRaw<ChannelHealth[]>`
  SELECT c.id, c.name, c.kind, c.host, c."leastSeverity", c."repeatMinutes",
    (SELECT max(d."deliveredAt") FROM "Delivery" d WHERE d."channelId" = c.id) AS "deliveredAt",
    (SELECT count(*)::int FROM "Delivery" d
      WHERE d."channelId" = c.id AND d."deliveredAt" IS NULL AND d."givenUpAt" IS NULL) AS waiting,
    f.at AS "failedAt", f.status, f.error
  FROM "AlertChannel" c LEFT JOIN LATERAL (
    SELECT l.at, l.status, l.error FROM "DeliveryAttempt" l JOIN "Delivery" d ON d.id = l."deliveryId"
    WHERE d."channelId" = c.id AND (l.error IS NOT NULL OR l.status >= 300) ORDER BY l.id DESC LIMIT 1) f ON true
  WHERE c."removedAt" IS NULL ORDER BY c.kind = ${INBOX_KIND}, c.id`;

/** A channel, as the browser gets it. */
export type ChannelRow = SerializeFrom<typeof readChannels>["channels"][number];
/** A kind of channel, as the form needs it. */
export type KindRow = SerializeFrom<typeof readChannels>["kinds"][number];
/** A delivery, as the browser gets it. */
export type DeliveryRow = SerializeFrom<typeof readChannels>["deliveries"][number];
