import { can } from "~/auth/permissions";
import type { PrismaClient } from "../../../prisma/client/client";

/** The people who may work with alerts and log in, by name: those to whom an alert can be handed over. */
export async function readOperators(db: Pick<PrismaClient, "user">) {
  const users = await db.user.findMany({
    // No readers, who are many; the table of permissions decides about the others.
    where: { role: { not: "READER" }, disabledAt: null },
    select: { id: true, name: true, role: true },
    orderBy: { name: "asc" },
  });
  return users.filter(({ role }) => can(role, "alerts.change")).map(({ id, name }) => ({ id, name }));
}
