import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import type { PrismaClient } from "../../prisma/client/client";
import type { ChannelSecrets } from "./channel-secrets";
import { createNotification } from "./notification";
import { enqueue } from "./outbox";
import { BadEdit } from "./rules";
import { findDestination, type Lookup, RefusedAddress } from "./webhook-address";

export interface NewChannel {
  name: string;
  kind: string;
  url: string;
  /** Signs a webhook's requests; 16 characters or more. Slack needs none: its address is the secret. */
  secret: string;
}

const SHORTEST_SECRET = 16;

/** Adds a channel after checking its address, which is stored sealed, as is the secret. The audit records its host, never its address or secret. @throws BadEdit. */
export async function addChannel(
  db: PrismaClient,
  actor: Actor,
  channel: NewChannel,
  options: { allowPrivate: boolean; secrets: ChannelSecrets; lookup?: Lookup },
): Promise<number> {
  const { kind } = channel;
  const [name, url, secret] = [channel.name.trim(), channel.url.trim(), channel.secret.trim()];
  if (!name || name.length > 80) throw new BadEdit("Give the channel a name of 80 characters or fewer.");
  if (kind !== "webhook" && kind !== "slack") throw new BadEdit("The channel must be a webhook or Slack.");
  if (kind === "webhook" && secret.length < SHORTEST_SECRET)
    throw new BadEdit(`The webhook's secret must have ${SHORTEST_SECRET} characters or more.`);
  const destination = await findDestination(url, options).catch((error: Error) => {
    throw error instanceof RefusedAddress ? new BadEdit(error.message, "url") : error;
  });
  const { host } = destination.url;
  const { seal } = options.secrets;
  return db.$transaction(async (tx) => {
    const { id } = await tx.alertChannel.create({
      data: {
        name,
        kind,
        url: seal(url),
        host,
        secret: kind === "webhook" ? seal(secret) : null,
        createdBy: actorName(actor),
      },
    });
    await writeAudit(tx, actor, {
      action: "alert.add-channel",
      target: `alert channel ${id}`,
      after: { name, kind, host },
    });
    return id;
  });
}

/** Removes a channel. Its undelivered notifications are given up and stay in the log. @throws BadEdit. */
export async function removeChannel(db: PrismaClient, actor: Actor, id: number, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const channel = await tx.alertChannel.findFirst({ where: { id, removedAt: null } });
    if (!channel) throw new BadEdit("There is no such channel.");
    // The row stays for the delivery log, without the address and the secret.
    await tx.alertChannel.update({
      where: { id },
      data: { removedAt: now, url: "", secret: channel.kind === "webhook" ? "" : null },
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

/** Puts a test notification into a channel's outbox; it is delivered like any other. @throws BadEdit. */
export async function sendTest(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { now, publicUrl }: { now: Date; publicUrl: string },
): Promise<void> {
  const notification = createNotification(
    "test",
    { kind: "test", title: "Test of this channel", runbook: "" },
    {
      id: null,
      message: "Sent by an operator from the alerts page. Nothing is wrong.",
      value: null,
      threshold: null,
      severity: "notice",
      firedAt: null,
      resolvedAt: null,
    },
    { at: now, publicUrl },
  );
  await db.$transaction(async (tx) => {
    if ((await enqueue(tx, notification, now, id)) === 0) throw new BadEdit("There is no such channel.");
    await writeAudit(tx, actor, { action: "alert.test-channel", target: `alert channel ${id}` });
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
