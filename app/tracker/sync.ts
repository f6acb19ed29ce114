import type { BufferTotals, Moved } from "./hour-buffer";
import type { HourBuffers, Marks, SyncedTotals } from "./ports";
import { allShards } from "./shard";

/** The views that the sync moved in one shard, and why it could not move the rest. */
export interface ShardReport extends Moved {
  shard: number;
  error: string | null;
}

/** Called at named points between two steps, where tests kill the process; a no-op otherwise. */
export type Step = (label: SyncStep) => void | Promise<void>;

/** Runs a part of the work, such as one shard, and may watch it. */
export type Within = <T>(name: string, work: () => Promise<T>) => Promise<T>;
/** The labels of those points. */
export type SyncStep =
  | "sync:shard-read"
  | "sync:marks-committed"
  | "sync:counts-settled"
  | "sync:buffer-finished"
  | "sync:buffer-closed";

/** A shard gets this long per run, ms; the rest of it waits for the next run. */
const SHARD_MS = 10 * 60_000;
/** One is read from Redis while the other is written to Postgres. More would only wait for each other's pages there. */
const SHARDS_AT_ONCE = 2;

/**
 * Moves every buffer's views to Postgres. Nothing is cleared to acknowledge them: buffers only grow, and the row of (target,
 * hour, birth id) is the mark, so a run that is repeated, doubled or cut short between any two steps moves nothing twice.
 * Shards are independent: one that fails or is slow is reported, and its views stay in Redis for the next run.
 *
 * A buffer is read in pieces, and only if it was written to since a run last moved all of it. Once its hour is over, the run
 * after that one compares Postgres's totals again and unlinks it: a Postgres that has failed over to a standby which lacks the
 * last seconds is mended by that run. A Redis that is short of memory does not wait for it.
 */
export async function syncBuffers(
  redis: HourBuffers,
  marks: Marks,
  step: Step = () => {},
  now: () => number = Date.now,
  within: Within = (_name, work) => work(),
): Promise<ShardReport[]> {
  const reports: ShardReport[] = [];
  const waiting = [...allShards];
  const takeTurns = async () => {
    for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) {
      const report: ShardReport = { shard, targets: 0, views: 0, orphans: 0, error: null };
      reports.push(report);
      const endAt = now() + SHARD_MS;
      try {
        await within(`sync shard ${shard}`, () =>
          syncShard(redis, marks, shard, report, step, () => now() > endAt, within),
        );
      } catch (error) {
        report.error = error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, takeTurns));
  return reports;
}

async function syncShard(
  redis: HourBuffers,
  marks: Marks,
  shard: number,
  report: ShardReport,
  step: Step,
  isLate: () => boolean,
  within: Within,
) {
  await redis.adopt(shard);
  const { at, accepted, ledger, buffers } = await redis.readShard(shard);
  await step("sync:shard-read");
  const synced = await marks.readSynced(buffers.map(({ birth }) => birth));
  const problems: string[] = [];
  for (const buffer of buffers) {
    if (isLate()) throw new Error(`it took longer than ${SHARD_MS / 60_000} minutes; the next run continues`);
    const moved = isMoved(buffer, synced.get(buffer.birth));
    if (!moved) {
      const whole = await moveBuffer(buffer);
      if (!whole) continue;
    }
    if (moved || (await redis.isShortOfMemory())) {
      await redis.close(shard, buffer.birth, buffer.writes);
      await step("sync:buffer-closed");
    }
  }
  if (problems.length > 0) throw new Error(problems.join("; "));

  /** @returns whether all of the buffer is in Postgres now. */
  async function moveBuffer(buffer: BufferTotals): Promise<boolean> {
    let left = 0;
    const isNew = !synced.has(buffer.birth);
    for await (const counts of redis.walk(shard, buffer.birth)) {
      const moved = await within("sync piece", () =>
        marks.apply(shard, buffer, counts, buffer.ledger === ledger ? accepted : 0, isNew),
      );
      report.targets += moved.targets;
      report.views += moved.views;
      report.orphans += moved.orphans;
      left += moved.left;
      if (moved.problem) problems.push(moved.problem);
      await step("sync:marks-committed");
      await redis.settle(shard, buffer.birth, at, moved.done);
      await step("sync:counts-settled");
    }
    if (left > 0) return false;
    await redis.finish(shard, buffer.birth, at, buffer.writes);
    await marks.finish(shard, buffer, buffer.writes);
    await step("sync:buffer-finished");
    return true;
  }
}

/** Whether an earlier run has moved all of the buffer to Postgres and settled it in Redis. */
export const isMoved = (buffer: BufferTotals, synced: SyncedTotals | undefined) =>
  synced?.writes != null && synced.writes >= buffer.writes && buffer.settledWrites >= buffer.writes;
