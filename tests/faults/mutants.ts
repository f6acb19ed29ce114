import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { RedisViews } from "../../app/stores/redis/redis-views";
import type { Counts } from "../../app/tracker/hour-buffer";
import type { Marks } from "../../app/tracker/ports";
import { shardTag } from "../../app/tracker/shard";
import type { Step } from "../../app/tracker/sync";

/** Deliberate bugs that the harness must find. Most view counters work like this, in one of the two possible orders. */
export const mutants = ["acknowledge-before-commit", "clear-after-commit"] as const;
export type Mutant = (typeof mutants)[number];

/**
 * Marks with a bug. *Acknowledge before commit*: counters are cleared and then added to Postgres, so a crash in between loses
 * their views. *Clear after commit*: they are added to Postgres without a mark and then cleared, so a crash in between adds them
 * again.
 */
export function mutantMarks(
  mutant: Mutant,
  marks: Marks,
  views: RedisViews,
  redis: Redis,
  step: Step,
): Marks {
  async function clear(shard: number, birth: string, counts: Counts) {
    await views.settle(shard, birth, Date.now(), counts);
    const keys = [`${shardTag(shard)}:hour:${birth}`, `${shardTag(shard)}:settled:${birth}`];
    for (const key of keys) await redis.hdel(key, ...counts.keys());
  }
  return {
    ...marks,
    async apply(shard, buffer, counts, accepted) {
      if (mutant === "acknowledge-before-commit") {
        await clear(shard, buffer.birth, counts);
        await step("sync:counts-settled");
        return { ...(await marks.apply(shard, buffer, counts, accepted)), done: new Map() };
      }
      const birth = randomBytes(6).toString("base64url");
      const applied = await marks.apply(shard, { ...buffer, birth }, counts, accepted);
      await step("sync:marks-committed");
      await clear(shard, buffer.birth, counts);
      return { ...applied, done: new Map() };
    },
  };
}
