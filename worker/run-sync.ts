import { RUN_DEAD_AFTER_MS } from "../app/telemetry/sync-runs";
import type { HourBuffers, Marks } from "../app/tracker/ports";
import { type Step, syncBuffers, type Within } from "../app/tracker/sync";
import type { PrismaClient } from "../prisma/client/client";

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
    /** Brings what is remembered of unsynced views up to date, once all that was read before a time is in Postgres. */
    refreshUnsynced?: (before: Date) => Promise<unknown>;
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
  // By the clock of Postgres, as all processes compare with it when they read Redis.
  const [run] = await db.$queryRaw<[{ id: number; startedAt: Date }]>`
    INSERT INTO "SyncRun" (trigger, "startedAt") VALUES (${trigger}, clock_timestamp()) RETURNING id, "startedAt"`;
  const reports = await syncBuffers(parts.redis, parts.marks, parts.step, undefined, parts.within);
  const sum = (of: "targets" | "views" | "orphans") =>
    reports.reduce((total, report) => total + report[of], 0);
  const failed = reports.filter((report) => report.error !== null);
  const error = failed.map((report) => `shard ${report.shard}: ${report.error}`).join("; ") || null;
  await db.$executeRaw`
    UPDATE "SyncRun" SET "endedAt" = clock_timestamp(), targets = ${sum("targets")}, views = ${sum("views")},
      orphans = ${sum("orphans")}, error = ${error}, shards = ${JSON.stringify(reports)}::jsonb WHERE id = ${run.id}`;
  if (error) throw new Error(error);
  await parts.refreshUnsynced?.(run.startedAt);
  await parts.recordLedger?.();
  return { views: sum("views"), targets: sum("targets") };
}
