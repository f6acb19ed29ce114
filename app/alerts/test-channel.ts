import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import type { Answer } from "./channel-kinds/channel-kind";
import { attempt, type DeliverySources, LEASE_MS } from "./deliver";
import { createNotification } from "./notification";
import { outboxRow } from "./outbox";
import { BadEdit } from "./rules";

/** What a test looks like to its receiver. */
export const createTest = (now: Date, publicUrl: string) =>
  createNotification(
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

/**
 * Sends a test to a channel at once, as any notification is sent, and waits for the answer. Unlike others it is not retried: it is a
 * question of now. If this process dies meanwhile, another sends it after the lease. @throws BadEdit.
 */
export async function testChannel(
  sources: Omit<DeliverySources, "pool">,
  actor: Actor,
  id: number,
  { now, publicUrl }: { now: Date; publicUrl: string },
): Promise<Answer & { host: string }> {
  const { db } = sources;
  const { channel, delivery } = await db.$transaction(async (tx) => {
    const channel = await tx.alertChannel.findFirst({ where: { id, removedAt: null } });
    const row = channel && outboxRow(channel, createTest(now, publicUrl), now);
    if (!channel || !row) throw new BadEdit("There is no such channel.");
    const delivery = await tx.delivery.create({
      data: { ...row, attempts: 1, nextAt: new Date(now.getTime() + LEASE_MS) },
    });
    await writeAudit(tx, actor, { action: "alert.test-channel", target: `alert channel ${id}` });
    return { channel, delivery };
  });
  const { kind, url, secret, name, host } = channel;
  const answer = await attempt(
    sources,
    { id: delivery.id, attempts: 1, body: delivery.body, kind, url, secret, name },
    now,
  );
  if (!answer.delivered)
    await db.delivery.update({
      where: { id: delivery.id },
      data: { givenUpAt: now, givenUpBy: actorName(actor) },
    });
  return { ...answer, host };
}
