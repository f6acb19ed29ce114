import { RUN_DEAD_AFTER_MS } from "../app/telemetry/sync-runs";
import type { HourBuffers, Marks } from "../app/tracker/ports";
import { type Step, syncBuffers, type Within } from "../app/tracker/sync";
import type { Prisma, PrismaClient } from "../prisma/client/client";

/**
 * Runs one sync and writes its SyncRun row. It is safe to run twice, or by two workers at once: the marks decide what moves.
 * @returns the views moved. Rejects when a shard failed, after the others were synced; BullMQ then retries.
 */
export async function runSync(
  parts: {
    db: PrismaClient;
    redis: HourBuffers;
    marks: Marks;
    step?: Step;
    /** Forgets unsynced views that were remembered before a time, once all of them are in Postgres. */
    forgetUnsynced?: (before: Date) => Promise<unknown>;
    /** What the work of a shard and of a piece runs in: tracing, where it is on. */
    within?: Within;
    /** Checks that every accepted view is accounted for, once the shards are synced. */
    recordLedger?: () => Promise<unknown>;
  },
  trigger: string,
): Promise<{ views: number; targets: number }> {
  const { db } = parts;
  await db.syncRun.updateMany({
    where: { endedAt: null, startedAt: { lt: new Date(Date.now() - RUN_DEAD_AFTER_MS) } },
    data: { endedAt: new Date(), error: "cut short: the worker ended before the run did" },
  });
  const run = await db.syncRun.create({ data: { trigger } });
  const reports = await syncBuffers(parts.redis, parts.marks, parts.step, undefined, parts.within);
  const sum = (of: "targets" | "views" | "orphans") =>
    reports.reduce((total, report) => total + report[of], 0);
  const failed = reports.filter((report) => report.error !== null);
  const error = failed.map((report) => `shard ${report.shard}: ${report.error}`).join("; ") || null;
  const shards = reports as unknown as Prisma.InputJsonValue;
  await db.syncRun.update({
    where: { id: run.id },
    data: {
      endedAt: new Date(),
      targets: sum("targets"),
      views: sum("views"),
      orphans: sum("orphans"),
      error,
      shards,
    },
  });
  if (error) throw new Error(error);
  await parts.forgetUnsynced?.(run.startedAt);
  await parts.recordLedger?.();
  return { views: sum("views"), targets: sum("targets") };
}
