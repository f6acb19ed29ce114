import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";
import { rankMostRead, type UnsyncedStories } from "../app/stores/postgres/rank-most-read";
import type { RedisViews } from "../app/stores/redis/redis-views";
import { RUN_DEAD_AFTER_MS } from "../app/telemetry/sync-runs";
import type { PrismaClient } from "../prisma/client/client";

const EVERY_MS = 10 * 60_000;

/** Starts ranking the most read stories. While Redis does not answer, and while a sync runs, the lists keep their order. @returns a function that stops it. */
export function startRankingMostRead({ db, pools, redisViews, log }: Runtime): () => Promise<void> {
  const warn = (error: Error) =>
    log.warn({ error: error.message }, "the most read stories could not be ranked");
  return every(
    EVERY_MS,
    async () => {
      const unsynced = redisViews
        ? await readUnsyncedStories(db, redisViews).catch((error: Error) => {
            warn(error);
            return null;
          })
        : NONE;
      await rankMostRead(pools.work, unsynced);
    },
    warn,
  );
}

const NONE: UnsyncedStories = { views: new Map(), oldestAt: null, syncRun: null };

/** The views that wait; null while a sync is moving them. Rejects when Redis or Postgres does not answer. */
async function readUnsyncedStories(
  db: PrismaClient,
  redisViews: Pick<RedisViews, "unsynced" | "walkUnsynced">,
): Promise<UnsyncedStories | null> {
  const latest = await db.syncRun.findFirst({ orderBy: { id: "desc" } });
  if (latest?.endedAt === null && Date.now() - latest.startedAt.getTime() < RUN_DEAD_AFTER_MS) return null;
  const { oldestAt } = await redisViews.unsynced();
  const views = new Map<number, number>();
  for await (const some of redisViews.walkUnsynced())
    for (const { target, unsynced } of some) if (target.kind === "story") views.set(target.id, unsynced);
  return { views, oldestAt, syncRun: latest?.id ?? 0 };
}
