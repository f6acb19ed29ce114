import { Prisma, type PrismaClient } from "../../prisma/client/client";
import { actorName } from "./people";

/** Who did something: a signed-in person, or a part of Tidemark that acts by itself ("the schedule"). */
export interface Actor {
  id: number | null;
  /** An e-mail address, which is not stored, or the part's name, which is. */
  email: string;
}

export interface AuditEntry {
  /** Area and verb: `sync.pause`, `story.repair`. */
  action: string;
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
