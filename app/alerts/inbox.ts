import { z } from "zod";
import { OPERATORS } from "~/shared/roles";
import type { PrismaClient } from "../../prisma/client/client";
import { INBOX_KIND } from "./channel-kinds/all-kinds";
import { INBOX_MESSAGE } from "./channel-kinds/inbox";

const MESSAGES_SHOWN = 50;
/** An event's row that a process of an earlier version wrote during an upgrade. */
const UNKNOWN_MESSAGE = {
  severity: "notice",
  headline: "A notification of an earlier version",
  lines: ["It is in the list of alerts."],
  links: [{ label: "Alerts", path: "/admin/alerts" }],
};

/** The messages of the inbox, newest first, and which of them this person has read. `before` is the id of a message: older ones only. */
export async function readInbox(db: PrismaClient, userId: number, before: bigint | null) {
  const [rows, unread] = await Promise.all([
    db.delivery.findMany({
      where: { channel: { kind: INBOX_KIND }, ...(before === null ? {} : { id: { lt: before } }) },
      orderBy: { id: "desc" },
      take: MESSAGES_SHOWN + 1,
      select: {
        id: true,
        event: true,
        createdAt: true,
        body: true,
        readBy: { where: { userId }, select: { readAt: true } },
      },
    }),
    countUnread(db, userId),
  ]);
  const shown = rows.slice(0, MESSAGES_SHOWN).map(({ id, body, readBy, ...row }) => ({
    ...row,
    ...(INBOX_MESSAGE.safeParse(body).data ?? UNKNOWN_MESSAGE),
    id: String(id),
    read: readBy.length > 0,
  }));
  return { messages: shown, unread, older: rows.length > MESSAGES_SHOWN ? (shown.at(-1)?.id ?? null) : null };
}

/** How many messages of the inbox this person has not read. */
export const countUnread = (db: PrismaClient, userId: number): Promise<number> =>
  db.delivery.count({ where: { channel: { kind: INBOX_KIND }, readBy: { none: { userId } } } });

/** The unread messages of one person. */
export interface Unread {
  userId: number;
  messages: number;
}

/** How many messages each operator has not read: one query for the pages of all of them. */
export const countUnreadOfAll = (db: PrismaClient): Promise<Unread[]> =>
  db.$queryRaw`
    WITH inbox AS (
      SELECT count(*) AS messages FROM "Delivery" d JOIN "AlertChannel" c ON c.id = d."channelId" WHERE c.kind = ${INBOX_KIND})
    SELECT u.id AS "userId",
      (inbox.messages - (SELECT count(*) FROM "InboxRead" r WHERE r."userId" = u.id))::int AS messages
    FROM "User" u, inbox WHERE u.role = ANY(${OPERATORS}::"Role"[]) ORDER BY u.id`;

/** Parses the id of a message from an address; null if it is none. */
export const parseMessageId = (text: string | null): bigint | null => {
  const id = z
    .string()
    .regex(/^\d{1,18}$/)
    .safeParse(text);
  return id.success ? BigInt(id.data) : null;
};

/** Marks a message as read by this person, or all of them. Harmless to repeat. @returns how many were not read before. */
export const markRead = (
  db: PrismaClient,
  userId: number,
  which: bigint | "all",
  now: Date,
): Promise<number> => db.$executeRaw`
  INSERT INTO "InboxRead" ("deliveryId", "userId", "readAt")
  SELECT d.id, ${userId}, ${now} FROM "Delivery" d JOIN "AlertChannel" c ON c.id = d."channelId"
  WHERE c.kind = ${INBOX_KIND} AND (${which === "all"} OR d.id = ${which === "all" ? 0n : which})
  ON CONFLICT DO NOTHING`;

/** Marks a message as not read by this person. */
export const markUnread = async (db: PrismaClient, userId: number, id: bigint): Promise<void> => {
  await db.inboxRead.deleteMany({ where: { deliveryId: id, userId } });
};
