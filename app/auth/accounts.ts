import { type Actor, writeAudit } from "~/platform/audit";
import { actorName } from "~/platform/people";
import { Refusal } from "~/shared/action-result";
import type { Role } from "~/shared/roles";
import type { Prisma, PrismaClient } from "../../prisma/client/client";
import { isLastOperator, LAST_OPERATOR } from "./last-operator";

/** Who changes an account, whose it is, and why. */
interface Change {
  actor: Actor;
  userId: number;
  reason: string;
}

/** An account, as far as changing it needs it. */
interface Account {
  id: number;
  name: string;
  role: Role;
  disabledAt: Date | null;
}

/** Gives an account another role, at once and in every process. @throws Refusal. */
export const changeRole = (db: PrismaClient, change: Change, role: Role) =>
  changeAccount(db, change, async (tx, account) => {
    if (account.role === role) throw new Refusal("No change: the account has this role already.");
    if (role !== "OPS") await keepOperator(tx, account);
    await tx.user.update({ where: { id: account.id }, data: { role } });
    return { action: "user.role", before: { role: account.role }, after: { role } };
  });

/**
 * Disables an account: no log-in, and its sessions open nothing from now on, in every process. They are also deleted, so that they do not
 * come back with the account. @throws Refusal.
 */
export const disableAccount = (db: PrismaClient, change: Change, now: Date) =>
  changeAccount(db, change, async (tx, account) => {
    if (account.disabledAt) throw new Refusal("No change: the account is disabled already.");
    await keepOperator(tx, account);
    await tx.user.update({ where: { id: account.id }, data: { disabledAt: now } });
    const { count } = await tx.session.deleteMany({ where: { userId: account.id } });
    return {
      action: "user.disable",
      before: { disabled: false },
      after: { disabled: true, sessions: count },
    };
  });

/** Lets a disabled account log in again. @throws Refusal. */
export const enableAccount = (db: PrismaClient, change: Change) =>
  changeAccount(db, change, async (tx, account) => {
    if (!account.disabledAt) throw new Refusal("No change: the account is not disabled.");
    await tx.user.update({ where: { id: account.id }, data: { disabledAt: null } });
    return { action: "user.enable", before: { disabled: true }, after: { disabled: false } };
  });

/** Ends all sessions of an account. @throws Refusal. */
export const endSessions = (db: PrismaClient, change: Change) =>
  changeAccount(db, change, async (tx, account) => {
    const { count } = await tx.session.deleteMany({ where: { userId: account.id } });
    if (count === 0) throw new Refusal("No change: the account has no sessions.");
    return { action: "user.end-sessions", before: { sessions: count }, after: { sessions: 0 } };
  });

type Done = Pick<Parameters<typeof writeAudit>[2], "action" | "before" | "after">;

/** Locks an account, changes it and audits that, in one transaction. @returns the account as it was. */
function changeAccount(
  db: PrismaClient,
  { actor, userId, reason }: Change,
  change: (tx: Prisma.TransactionClient, account: Account) => Promise<Done>,
): Promise<Account> {
  return db.$transaction(async (tx) => {
    const [account] = await tx.$queryRaw<Account[]>`
      SELECT id, name, role::text AS role, "disabledAt" FROM "User" WHERE id = ${userId} FOR UPDATE`;
    if (!account) throw new Refusal("No change: there is no such account.");
    const done = await change(tx, account);
    await writeAudit(tx, actor, {
      ...done,
      target: actorName({ id: userId, email: "" }),
      reason: reason || undefined,
    });
    return account;
  });
}

/** @throws Refusal when the site would be left without an operator. */
async function keepOperator(tx: Prisma.TransactionClient, { id }: Account) {
  const query = async (text: string, values: unknown[]) => ({
    rows: await tx.$queryRawUnsafe<object[]>(text, ...values),
  });
  if (await isLastOperator(query, id)) throw new Refusal(`No change: ${LAST_OPERATOR}`);
}
