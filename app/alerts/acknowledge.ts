import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import type { PrismaClient } from "../../prisma/client/client";
import { BadEdit, LONGEST_MUTE_MS } from "./rules";

/** Acknowledges an alert: it stays on screen, and the channels are not notified again until it resolves. @throws BadEdit. */
export async function acknowledge(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { note, now }: { note: string; now: Date },
): Promise<void> {
  await changeFiring(db, id, async (tx, alert) => {
    const text = note.trim() || null;
    await tx.alert.update({
      where: { id },
      data: { acknowledgedAt: now, acknowledgedBy: actorName(actor), note: text, snoozedUntil: null },
    });
    await writeAudit(tx, actor, {
      action: "alert.acknowledge",
      target: `alert ${id} (${alert.rule})`,
      reason: text ?? undefined,
    });
  });
}

/** Snoozes an alert until a time; if it is still firing then, the channels are notified again. @throws BadEdit. */
export async function snooze(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { until, now }: { until: Date; now: Date },
): Promise<void> {
  const ms = until.getTime() - now.getTime();
  if (!(ms > 0 && ms <= LONGEST_MUTE_MS)) throw new BadEdit("A snooze must end within a month.");
  await changeFiring(db, id, async (tx, alert) => {
    await tx.alert.update({
      where: { id },
      data: { snoozedUntil: until, snoozedBy: actorName(actor), acknowledgedAt: null, acknowledgedBy: null },
    });
    await writeAudit(tx, actor, {
      action: "alert.snooze",
      target: `alert ${id} (${alert.rule})`,
      before: { snoozedUntil: alert.snoozedUntil?.toISOString() ?? null },
      after: { snoozedUntil: until.toISOString() },
    });
  });
}

type Tx = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];

/** Locks the row, so that an evaluation of the rules either finishes first or sees the whole change. */
async function changeFiring(
  db: PrismaClient,
  id: number,
  change: (tx: Tx, alert: { rule: string; snoozedUntil: Date | null }) => Promise<void>,
) {
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM "Alert" WHERE id = ${id} FOR UPDATE`;
    const alert = await tx.alert.findUnique({ where: { id } });
    if (!alert) throw new BadEdit("There is no such alert.");
    if (alert.phase !== "firing") throw new BadEdit("This alert is not firing.");
    await change(tx, alert);
  });
}
