import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { RedisViews } from "../../app/stores/redis/redis-views";
import type { HourBuffer } from "../../app/tracker/hour-buffer";
import type { Marks } from "../../app/tracker/ports";
import { shardTag } from "../../app/tracker/shard";
import type { Step } from "../../app/tracker/sync";

/** Deliberate bugs that the harness must find. Most view counters work like this, in one of the two possible orders. */
export const mutants = ["acknowledge-before-commit", "clear-after-commit"] as const;
export type Mutant = (typeof mutants)[number];

/**
 * Marks with a bug. *Acknowledge before commit*: the buffer is cleared and then added to Postgres, so a crash in between loses
 * its views. *Clear after commit*: it is added to Postgres without a mark and then cleared, so a crash in between adds it again.
 */
export function mutantMarks(
  mutant: Mutant,
  marks: Marks,
  views: RedisViews,
  redis: Redis,
  step: Step,
): Marks {
  async function clear(shard: number, buffer: HourBuffer) {
    await views.settle(shard, buffer, Date.now());
    await redis.unlink(`${shardTag(shard)}:hour:${buffer.hour}`, `${shardTag(shard)}:synced:${buffer.hour}`);
    await redis.srem(`${shardTag(shard)}:hours`, buffer.hour);
  }
  return {
    async apply(shard, buffer) {
      if (mutant === "acknowledge-before-commit") {
        await clear(shard, buffer);
        await step("sync:buffer-settled");
        return marks.apply(shard, buffer);
      }
      const moved = await marks.apply(shard, { ...buffer, birth: randomBytes(6).toString("base64url") });
      await step("sync:marks-committed");
      await clear(shard, buffer);
      return moved;
    },
  };
}
