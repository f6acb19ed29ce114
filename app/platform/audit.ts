import { Prisma, type PrismaClient } from "../../prisma/client/client";
import { actorName } from "./people";

/** Who did something: a signed-in person, or a part of Tidemark that acts by itself ("the schedule"). */
export interface Actor {
  id: number | null;
  /** An e-mail address, which is not stored, or the part's name, which is. */
  email: string;
}

/** Every kind of event: area and verb. The audit page has a sentence for each (`app/pages/audit/sentences.ts`). */
export const AUDIT_ACTIONS = [
  "sync.run",
  "sync.retry",
  "sync.pause",
  "sync.resume",
  "sync.interval",
  "sync.skip",
  "sync.schedule",
  "tracker.switch",
  "story.repair",
  "story.void",
  "story.unvoid",
  "views.import",
  "views.undo-import",
  "views.backfill",
  "ledger.explain",
  "archive.pause",
  "archive.resume",
  "archive.again",
  "archive.restore",
  "retention.change",
  "objective.target",
  "demo.start-readers",
  "demo.stop-readers",
  "alert.acknowledge",
  "alert.hand-over",
  "alert.note",
  "alert.snooze",
  "alert.silence",
  "alert.unsilence",
  "alert.edit-rule",
  "alert.add-channel",
  "alert.edit-channel",
  "alert.remove-channel",
  "alert.test-channel",
  "alert.give-up",
  "alert.retry-delivery",
  "drill.start",
  "drill.abort",
  "queues.retry",
  "queues.promote",
  "queues.clean",
  "user.role",
  "user.disable",
  "user.enable",
  "user.end-sessions",
  "account.erase",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  action: AuditAction;
  /** The object of the action: `run 12`, `story lighthouse`. */
  target?: string;
  reason?: string;
  before?: Prisma.InputJsonValue | null;
  after?: Prisma.InputJsonValue | null;
}

/** Records who did what, in the same transaction as the change itself. The row cannot be changed or deleted afterwards. */
export async function writeAudit(
  tx: Pick<PrismaClient, "auditEvent">,
  actor: Actor,
  { action, target, reason, before, after }: AuditEntry,
): Promise<void> {
  await tx.auditEvent.create({
    data: {
      actorId: actor.id,
      actor: actorName(actor),
      action,
      target,
      reason,
      before: before ?? Prisma.DbNull,
      after: after ?? Prisma.DbNull,
    },
  });
}
