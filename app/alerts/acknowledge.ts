import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import type { PrismaClient } from "../../prisma/client/client";
import type { Tx } from "./apply-evaluation";
import { notifyHandOver } from "./notify-hand-over";
import { BadEdit, LONGEST_MUTE_MS } from "./rules";
import { addSteps } from "./steps";

/** The longest note. */
export const NOTE_LENGTH = 500;

/**
 * Acknowledges an alert: it is this person's now, it stays on screen, and the channels are not notified again until it resolves, or is
 * breached anew after a minute of quiet. @throws BadEdit.
 */
export async function acknowledge(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { note, now }: { note: string; now: Date },
): Promise<void> {
  await changeAlert(db, id, { firing: true }, async (tx, alert) => {
    const text = note.trim() || null;
    const by = actorName(actor);
    await tx.alert.update({
      where: { id },
      data: { acknowledgedAt: now, acknowledgedBy: by, note: text, snoozedUntil: null },
    });
    await addSteps(tx, id, now, [{ kind: "acknowledged", by, text }]);
    await writeAudit(tx, actor, {
      action: "alert.acknowledge",
      target: `alert ${id} (${alert.rule})`,
      reason: text ?? undefined,
    });
  });
}

/**
 * Hands an alert over: it is acknowledged by the other person from now on, and channels are told so. The caller has checked that they may
 * work with alerts. @returns how many channels are told. @throws BadEdit.
 */
export async function handOver(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { to, note, publicUrl, now }: { to: number; note: string; publicUrl: string; now: Date },
): Promise<number> {
  return changeAlert(db, id, { firing: true }, async (tx, alert) => {
    const taker = `user ${to}`;
    if (alert.acknowledgedBy === taker) throw new BadEdit("They have this alert already.", "to");
    const text = note.trim() || null;
    await tx.alert.update({
      where: { id },
      data: { acknowledgedAt: now, acknowledgedBy: taker, note: text ?? alert.note, snoozedUntil: null },
    });
    const by = actorName(actor);
    await addSteps(tx, id, now, [{ kind: "handed-over", by, to: taker, text }]);
    await writeAudit(tx, actor, {
      action: "alert.hand-over",
      target: `alert ${id} (${alert.rule})`,
      reason: text ?? undefined,
      before: { acknowledgedBy: alert.acknowledgedBy },
      after: { acknowledgedBy: taker },
    });
    return notifyHandOver(tx, alert, { by, to: taker, note: text }, { publicUrl, now });
  });
}

/** Adds a note to an alert's timeline, also to a resolved one: what was found out belongs there. @throws BadEdit. */
export async function addNote(
  db: PrismaClient,
  actor: Actor,
  id: number,
  { note, now }: { note: string; now: Date },
): Promise<void> {
  const text = note.trim();
  if (!text || text.length > NOTE_LENGTH)
    throw new BadEdit(`Write a note of ${NOTE_LENGTH} characters or fewer.`, "note");
  await changeAlert(db, id, { firing: false }, async (tx, alert) => {
    await addSteps(tx, id, now, [{ kind: "note", by: actorName(actor), text }]);
    await writeAudit(tx, actor, {
      action: "alert.note",
      target: `alert ${id} (${alert.rule})`,
      reason: text,
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
  await changeAlert(db, id, { firing: true }, async (tx, alert) => {
    const by = actorName(actor);
    await tx.alert.update({
      where: { id },
      data: { snoozedUntil: until, snoozedBy: by, acknowledgedAt: null, acknowledgedBy: null },
    });
    await addSteps(tx, id, now, [{ kind: "snoozed", by, text: until.toISOString() }]);
    await writeAudit(tx, actor, {
      action: "alert.snooze",
      target: `alert ${id} (${alert.rule})`,
      before: { snoozedUntil: alert.snoozedUntil?.toISOString() ?? null },
      after: { snoozedUntil: until.toISOString() },
    });
  });
}

type AlertRow = NonNullable<Awaited<ReturnType<Tx["alert"]["findUnique"]>>>;

/** Locks the row, so that an evaluation of the rules either finishes first or sees the whole change. */
async function changeAlert<T>(
  db: PrismaClient,
  id: number,
  { firing }: { firing: boolean },
  change: (tx: Tx, alert: AlertRow) => Promise<T>,
): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM "Alert" WHERE id = ${id} FOR UPDATE`;
    const alert = await tx.alert.findUnique({ where: { id } });
    if (!alert) throw new BadEdit("There is no such alert.");
    if (firing && alert.phase !== "firing") throw new BadEdit("This alert is not firing.");
    return change(tx, alert);
  });
}
