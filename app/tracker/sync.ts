import type { Moved, Snapshot } from "./hour-buffer";
import type { HourBuffers, Marks } from "./ports";
import { allShards } from "./shard";

/** The views that the sync moved in one shard, and why it could not move the rest. */
export interface ShardReport extends Moved {
  shard: number;
  snapshot: Snapshot | null;
  error: string | null;
}

/** Called at named points between two steps, where tests kill the process; a no-op otherwise. */
export type Step = (label: SyncStep) => void | Promise<void>;
/** The labels of those points. */
export type SyncStep =
  | "sync:snapshot-taken"
  | "sync:marks-committed"
  | "sync:buffer-settled"
  | "sync:buffer-closed";

/**
 * Moves every buffer's views to Postgres. Nothing is cleared to acknowledge them: buffers only grow, and the row of (target,
 * hour, birth id) is the mark, so a run that is repeated, doubled or cut short between any two steps moves nothing twice.
 * A shard that fails is reported and does not affect the others; its views stay in Redis for the next run.
 */
export async function syncBuffers(
  redis: HourBuffers,
  marks: Marks,
  step: Step = () => {},
): Promise<ShardReport[]> {
  const reports: ShardReport[] = [];
  for (const shard of allShards) {
    const report: ShardReport = {
      shard,
      targets: 0,
      views: 0,
      orphans: 0,
      behind: 0,
      snapshot: null,
      error: null,
    };
    reports.push(report);
    try {
      report.snapshot = await redis.snapshot(shard);
      await step("sync:snapshot-taken");
      for (const buffer of report.snapshot.buffers) {
        if (buffer.birth !== "") {
          const moved = await marks.apply(shard, buffer);
          report.targets += moved.targets;
          report.views += moved.views;
          report.orphans += moved.orphans;
          report.behind += moved.behind;
          await step("sync:marks-committed");
          await redis.settle(shard, buffer, report.snapshot.at);
          await step("sync:buffer-settled");
        }
        await redis.close(shard, buffer);
        await step("sync:buffer-closed");
      }
    } catch (error) {
      report.error = error instanceof Error ? error.message : String(error);
    }
  }
  return reports;
}
