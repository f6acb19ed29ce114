import { type HourBuffer, parseField, type Snapshot } from "./hour-buffer";
import { allShards } from "./shard";
import type { TargetKind } from "./view";

/** What a dry run needs of Postgres: how much of a buffer it has already, by field. */
export interface MarkReader {
  read(buffer: Pick<HourBuffer, "hour" | "birth">): Promise<Map<string, number>>;
}

export interface PlannedMove {
  kind: TargetKind;
  id: number;
  views: number;
}

export interface ShardPlan {
  shard: number;
  /** Hours that have a buffer. */
  hours: number;
  /** Counters that would move, and the views they would move by (side counters not included). */
  targets: number;
  views: number;
}

export interface SyncPlan {
  shards: ShardPlan[];
  /** By story or chapter over all hours, the largest first. */
  moves: PlannedMove[];
}

/**
 * What a sync would move now, changing nothing: every buffer beyond its mark. Marks are read after the buffers, so a sync
 * that runs meanwhile makes the plan smaller, never larger than what waits. Rejects when Redis or Postgres does not answer.
 */
export async function planSync(
  redis: { snapshot(shard: number): Promise<Snapshot> },
  marks: MarkReader,
): Promise<SyncPlan> {
  const moves = new Map<string, PlannedMove>();
  const shards: ShardPlan[] = [];
  for (const shard of allShards) {
    const { buffers } = await redis.snapshot(shard);
    const plan: ShardPlan = { shard, hours: buffers.length, targets: 0, views: 0 };
    for (const buffer of buffers) {
      if (buffer.birth === "") continue;
      const settled = await marks.read(buffer);
      for (const [field, count] of buffer.counts) {
        const parsed = parseField(field);
        const views = count - (settled.get(field) ?? 0);
        if (parsed?.type !== "views" || views <= 0) continue;
        plan.targets += 1;
        plan.views += views;
        const move = moves.get(field) ?? { kind: parsed.kind, id: parsed.id, views: 0 };
        move.views += views;
        moves.set(field, move);
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
