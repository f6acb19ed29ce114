import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import type { PrismaClient } from "../../prisma/client/client";
import { findChannelKind, INBOX_KIND } from "./channel-kinds/all-kinds";
import type { ChannelAddress, SendOptions } from "./channel-kinds/channel-kind";
import type { ChannelSecrets } from "./channel-secrets";
import { REPEAT_MINUTES } from "./repeat-minutes";
import { BadEdit } from "./rules";
import type { Severity } from "./severity";
import { RefusedAddress } from "./webhook-address";

/** What operators decide about a channel of any kind. */
export interface ChannelEdit {
  name: string;
  /** It is told of alerts of this severity and worse. */
  leastSeverity: Severity;
  /** Minutes between reminders while an alert is firing and not acknowledged; null for none. */
  repeatMinutes: number | null;
}

export interface NewChannel extends ChannelEdit {
  kind: string;
  /** As the kind's schema made it. */
  address: ChannelAddress;
}

const LONGEST_NAME = 80;

/**
 * Adds a channel after checking its address, which is stored sealed, as is the secret. The audit records its host, never its address or
 * secret. @throws BadEdit.
 */
export async function addChannel(
  db: PrismaClient,
  actor: Actor,
  { kind, address, ...edit }: NewChannel,
  { secrets, ...options }: SendOptions & { secrets: ChannelSecrets },
): Promise<number> {
  const type = findChannelKind(kind);
  if (!type?.send) throw new BadEdit("There is no such type of channel.", "kind");
  const settings = checked(edit);
  await type.check(address, options).catch((error: Error) => {
    throw error instanceof RefusedAddress ? new BadEdit(error.message, type.addressField) : error;
  });
  const { url, host, secret } = address;
  return db.$transaction(async (tx) => {
    const { id } = await tx.alertChannel.create({
      data: {
        ...settings,
        kind,
        url: secrets.seal(url),
        host,
        secret: secret === null ? null : secrets.seal(secret),
        createdBy: actorName(actor),
      },
    });
    await writeAudit(tx, actor, {
      action: "alert.add-channel",
      target: `alert channel ${id}`,
      after: { ...settings, kind, host },
    });
    return id;
  });
}

/** Changes what a channel is called and told; its address stays. @throws BadEdit. */
export async function editChannel(
  db: PrismaClient,
  actor: Actor,
  id: number,
  edit: ChannelEdit,
): Promise<void> {
  const after = checked(edit);
  await db.$transaction(async (tx) => {
    const before = await tx.alertChannel.findFirst({
      where: { id, removedAt: null },
      select: { name: true, leastSeverity: true, repeatMinutes: true },
    });
    if (!before) throw new BadEdit("There is no such channel.");
    await tx.alertChannel.update({ where: { id }, data: after });
    await writeAudit(tx, actor, {
      action: "alert.edit-channel",
      target: `alert channel ${id}`,
      before,
      after,
    });
  });
}

function checked({ name, leastSeverity, repeatMinutes }: ChannelEdit) {
  const trimmed = name.trim();
  if (!trimmed || trimmed.length > LONGEST_NAME)
    throw new BadEdit(`Give the channel a name of ${LONGEST_NAME} characters or fewer.`, "name");
  if (repeatMinutes !== null && !REPEAT_MINUTES.some((minutes) => minutes === repeatMinutes))
    throw new BadEdit("Choose how often it is reminded from the list.", "repeatMinutes");
  return { name: trimmed, leastSeverity, repeatMinutes };
}

/** Removes a channel. Its undelivered notifications are given up and stay in the log. @throws BadEdit. */
export async function removeChannel(db: PrismaClient, actor: Actor, id: number, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const channel = await tx.alertChannel.findFirst({ where: { id, removedAt: null } });
    if (!channel) throw new BadEdit("There is no such channel.");
    if (channel.kind === INBOX_KIND) throw new BadEdit("Every site keeps its inbox.");
    // The row stays for the delivery log, without the address and the secret.
    await tx.alertChannel.update({
      where: { id },
      data: { removedAt: now, url: "", secret: channel.secret === null ? null : "" },
    });
    const { count } = await tx.delivery.updateMany({
      where: { channelId: id, deliveredAt: null, givenUpAt: null },
      data: { givenUpAt: now, givenUpBy: actorName(actor) },
    });
    await writeAudit(tx, actor, {
      action: "alert.remove-channel",
      target: `alert channel ${id}`,
      before: { name: channel.name, kind: channel.kind, host: channel.host },
      after: { givenUp: count },
    });
  });
}

/** Gives up a notification: the only way to stop its retries, apart from removing the channel. @throws BadEdit. */
export async function giveUp(db: PrismaClient, actor: Actor, id: bigint, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.delivery.updateMany({
      where: { id, deliveredAt: null, givenUpAt: null },
      data: { givenUpAt: now, givenUpBy: actorName(actor) },
    });
    if (count === 0) throw new BadEdit("This notification has already been delivered or given up.");
    await writeAudit(tx, actor, { action: "alert.give-up", target: `delivery ${id}` });
  });
}

/** Retries an undelivered notification now, without waiting for its pause. @throws BadEdit. */
export async function retryNow(db: PrismaClient, actor: Actor, id: bigint, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.delivery.updateMany({
      where: { id, deliveredAt: null, givenUpAt: null },
      data: { nextAt: now },
    });
    if (count === 0) throw new BadEdit("This notification has already been delivered or given up.");
    await writeAudit(tx, actor, { action: "alert.retry-delivery", target: `delivery ${id}` });
  });
}
