import type { PrismaClient } from "../../prisma/client/client";

const columns = {
  id: true,
  trigger: true,
  startedAt: true,
  endedAt: true,
  targets: true,
  views: true,
  orphans: true,
  error: true,
} as const;

/** The latest runs of the sync, newest first. */
export const listSyncRuns = (db: PrismaClient, limit: number) =>
  db.syncRun.findMany({ orderBy: { startedAt: "desc" }, take: limit, select: columns });

/** The last run that carried everything: what it saw at its begin is in `readCount`. */
export const findLastGoodSync = (db: PrismaClient) =>
  db.syncRun.findFirst({
    where: { endedAt: { not: null }, error: null },
    orderBy: { startedAt: "desc" },
    select: columns,
  });
