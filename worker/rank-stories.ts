import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";
import { rankStories, type UnsyncedStories } from "../app/stores/postgres/rank-stories";
import type { RedisViews } from "../app/stores/redis/redis-views";

const EVERY_MS = 10 * 60_000;

/** Starts ranking the most read stories. While Redis does not answer, the lists keep their order. @returns a function that stops it. */
export function startRankingStories({ pools, redisViews, log }: Runtime): () => Promise<void> {
  const warn = (error: Error) =>
    log.warn({ error: error.message }, "the most read stories could not be ranked");
  return every(
    EVERY_MS,
    async () => {
      const unsynced = redisViews
        ? await readUnsyncedStories(redisViews).catch((error: Error) => {
            warn(error);
            return null;
          })
        : NONE;
      await rankStories(pools.work, unsynced);
    },
    warn,
  );
}

const NONE: UnsyncedStories = { views: new Map(), oldestAt: null };

/** Rejects when Redis does not answer. */
async function readUnsyncedStories(
  redisViews: Pick<RedisViews, "unsynced" | "walkUnsynced">,
): Promise<UnsyncedStories> {
  const { oldestAt } = await redisViews.unsynced();
  const views = new Map<number, number>();
  for await (const some of redisViews.walkUnsynced())
    for (const { target, unsynced } of some) if (target.kind === "story") views.set(target.id, unsynced);
  return { views, oldestAt };
}
