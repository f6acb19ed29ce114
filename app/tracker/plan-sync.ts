import { parseField } from "./hour-buffer";
import type { BufferWalk, MarkReader, ShardReader, SyncedReader } from "./ports";
import { allShards } from "./shard";
import { isMoved } from "./sync";
import type { TargetKind } from "./view";

/** Views of one story or chapter that a sync would move. */
export interface PlannedMove {
  kind: TargetKind;
  id: number;
  views: number;
}

/** The views that a sync would move in one shard. */
export interface ShardPlan {
  shard: number;
  /** Hours that have a buffer. */
  hours: number;
  /** Counters that would move, and the views they would move by (side counters not included). */
  targets: number;
  views: number;
}

/** The views that a sync would move. */
export interface SyncPlan {
  shards: ShardPlan[];
  /** Per story or chapter, over all hours, largest first. */
  moves: PlannedMove[];
}

/**
 * Plans a dry run: a sync would move every buffer's count beyond its mark. Marks are read after the buffers, so a sync
 * that runs meanwhile makes the plan smaller, never larger. Rejects when Redis or Postgres does not answer.
 */
export async function planSync(
  redis: ShardReader & BufferWalk,
  postgres: SyncedReader & MarkReader,
): Promise<SyncPlan> {
  const moves = new Map<string, PlannedMove>();
  const shards: ShardPlan[] = [];
  for (const shard of allShards) {
    const { buffers } = await redis.readShard(shard);
    const synced = await postgres.readSynced(buffers.map(({ birth }) => birth));
    const plan: ShardPlan = {
      shard,
      hours: new Set(buffers.map(({ hour }) => hour)).size,
      targets: 0,
      views: 0,
    };
    for (const buffer of buffers) {
      if (isMoved(buffer, synced.get(buffer.birth))) continue;
      for await (const counts of redis.walk(shard, buffer.birth)) {
        const marks = await postgres.readMarks(buffer, [...counts.keys()]);
        for (const [field, count] of counts) {
          const parsed = parseField(field);
          const views = count - (marks.get(field) ?? 0);
          if (parsed?.type !== "views" || views <= 0) continue;
          plan.targets += 1;
          plan.views += views;
          const move = moves.get(field) ?? { kind: parsed.kind, id: parsed.id, views: 0 };
          move.views += views;
          moves.set(field, move);
        }
      }
    }
    shards.push(plan);
  }
  return {
    shards,
    moves: [...moves.values()].sort(
      (a, b) => b.views - a.views || b.kind.localeCompare(a.kind) || a.id - b.id,
    ),
  };
}
