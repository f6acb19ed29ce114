import type { Redis } from "ioredis";
import type { RedisViews } from "../../app/stores/redis-views";
import { shardTag } from "../../app/tracker/shard";
import type { Marks, Step } from "../../app/tracker/sync";

/**
 * A bug, planted to see that the harness finds it: what most view counters do. The buffer is acknowledged and cleared first and
 * carried into Postgres after it, so that a crash in between loses what it held.
 */
export function acknowledgeFirst(marks: Marks, views: RedisViews, redis: Redis, step: Step): Marks {
  return {
    async apply(shard, buffer) {
      await views.settle(shard, buffer, Date.now());
      await redis.unlink(
        `${shardTag(shard)}:hour:${buffer.hour}`,
        `${shardTag(shard)}:synced:${buffer.hour}`,
      );
      await redis.srem(`${shardTag(shard)}:hours`, buffer.hour);
      await step("sync:buffer-settled");
      return marks.apply(shard, buffer);
    },
  };
}
