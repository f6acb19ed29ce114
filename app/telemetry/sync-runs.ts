import type { PrismaClient } from "../../prisma/client/client";

/** A run that has not ended after this long, ms, died with its worker: a sync of a million counters takes a minute. */
export const RUN_DEAD_AFTER_MS = 30 * 60_000;

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

/** Reads the latest sync runs, newest first. */
export const listSyncRuns = (db: PrismaClient, limit: number) =>
  db.syncRun.findMany({ orderBy: { startedAt: "desc" }, take: limit, select: columns });

/** Finds the last run without an error: everything counted before it started is in `readCount`. */
export const findLastGoodSync = (db: PrismaClient) =>
  db.syncRun.findFirst({
    where: { endedAt: { not: null }, error: null },
    orderBy: { startedAt: "desc" },
    select: columns,
  });
