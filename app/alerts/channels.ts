import type { PrismaClient } from "../../prisma/client/client";
import { type Actor, writeAudit } from "../platform/audit";
import { message } from "./messages";
import { enqueue } from "./outbox";
import { BadEdit } from "./rules";
import { findDestination, type Lookup, RefusedAddress } from "./webhook-address";

export interface NewChannel {
  name: string;
  kind: string;
  url: string;
  /** Signs a webhook's messages; 16 characters or more. Slack has none: its address is the secret. */
  secret: string;
}

const SHORTEST_SECRET = 16;

/** Adds a channel, after checking its address. The audit names its host; address and secret go nowhere. @throws BadEdit. */
export async function addChannel(
  db: PrismaClient,
  actor: Actor,
  given: NewChannel,
  options: { allowPrivate: boolean; lookup?: Lookup },
): Promise<number> {
  const [name, url, secret] = [given.name.trim(), given.url.trim(), given.secret.trim()];
  const { kind } = given;
  if (!name || name.length > 80) throw new BadEdit("A channel needs a name, of 80 characters at most.");
  if (kind !== "webhook" && kind !== "slack") throw new BadEdit("A channel is a webhook or Slack.");
  if (kind === "webhook" && secret.length < SHORTEST_SECRET)
    throw new BadEdit(`A webhook needs a secret of ${SHORTEST_SECRET} characters or more to sign with.`);
  const destination = await findDestination(url, options).catch((error: Error) => {
    throw error instanceof RefusedAddress ? new BadEdit(error.message, "url") : error;
  });
  const { host } = destination.url;
  return db.$transaction(async (tx) => {
    const channel = await tx.alertChannel.create({
      data: { name, kind, url, host, secret: kind === "webhook" ? secret : null, createdBy: actor.email },
    });
    await writeAudit(tx, actor, {
      action: "alert.add-channel",
      target: `alert channel ${channel.id}`,
      after: { name, kind, host },
    });
    return channel.id;
  });
}

/** Removes a channel. What still waits for it is given up by that, and stays in the log. @throws BadEdit. */
export async function removeChannel(db: PrismaClient, actor: Actor, id: number, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const channel = await tx.alertChannel.findFirst({ where: { id, removedAt: null } });
    if (!channel) throw new BadEdit("There is no such channel.");
    // What nobody needs any more is not kept: the row stays for the log.
    await tx.alertChannel.update({
      where: { id },
      data: { removedAt: now, url: "", secret: channel.kind === "webhook" ? "" : null },
    });
    const { count } = await tx.delivery.updateMany({
      where: { channelId: id, deliveredAt: null, givenUpAt: null },
      data: { givenUpAt: now, givenUpBy: actor.email },
    });
    await writeAudit(tx, actor, {
      action: "alert.remove-channel",
      target: `alert channel ${id}`,
      before: { name: channel.name, kind: channel.kind, host: channel.host },
      after: { givenUp: count },
    });
  });
}

/** Puts a test message into a channel's outbox: it takes the way of every message. @throws BadEdit. */
export async function sendTest(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { now, publicUrl }: { now: Date; publicUrl: string },
): Promise<void> {
  const said = message(
    "test",
    { kind: "test", title: "A test of this channel", runbook: "" },
    {
      id: null,
      says: `${actor.email} asked for it. Nothing is wrong.`,
      value: null,
      threshold: null,
      firedAt: null,
      resolvedAt: null,
    },
    { at: now, publicUrl },
  );
  await db.$transaction(async (tx) => {
    if ((await enqueue(tx, said, now, id)) === 0) throw new BadEdit("There is no such channel.");
    await writeAudit(tx, actor, { action: "alert.test-channel", target: `alert channel ${id}` });
  });
}

/** Stops trying to deliver one message: nothing else ever does. @throws BadEdit. */
export async function giveUp(db: PrismaClient, actor: Actor, id: bigint, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.delivery.updateMany({
      where: { id, deliveredAt: null, givenUpAt: null },
      data: { givenUpAt: now, givenUpBy: actor.email },
    });
    if (count === 0) throw new BadEdit("This message is delivered or given up already.");
    await writeAudit(tx, actor, { action: "alert.give-up", target: `delivery ${id}` });
  });
}

/** Tries a waiting message at once, whatever its pause. @throws BadEdit. */
export async function retryNow(db: PrismaClient, actor: Actor, id: bigint, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.delivery.updateMany({
      where: { id, deliveredAt: null, givenUpAt: null },
      data: { nextAt: now },
    });
    if (count === 0) throw new BadEdit("This message is delivered or given up already.");
    await writeAudit(tx, actor, { action: "alert.retry-delivery", target: `delivery ${id}` });
  });
}
