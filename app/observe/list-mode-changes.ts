import type { PrismaClient } from "../../prisma/client/client";

/** The latest changes of where a process counts, newest first. */
export const listModeChanges = (db: PrismaClient, limit: number) =>
  db.modeChange.findMany({
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: limit,
    select: { at: true, process: true, role: true, from: true, to: true, reason: true },
  });
