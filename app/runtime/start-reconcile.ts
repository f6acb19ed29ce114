import { every } from "~/platform/every";
import { createFallbackRows } from "~/stores/postgres/fallback-rows";
import type { RedisViews } from "~/stores/redis/redis-views";
import { type ReconcileStep, reconcileRows } from "~/tracker/reconcile";
import type { Runtime } from "./create-runtime";

/**
 * Starts offering fallback rows to Redis whenever it answers. Every process runs this loop, web and worker alike, and a lock in
 * Postgres lets one at a time through: rows must not wait for a worker that is away, because Redis forgets their time. It is not
 * a queue job: a queue in Redis cannot know that Redis was unreachable. @returns a function that stops it.
 */
export function startReconcile(
  runtime: Pick<Runtime, "env" | "log" | "pools" | "window" | "redisAnswers" | "metrics">,
  redis: RedisViews,
  step?: (label: ReconcileStep) => void | Promise<void>,
): () => Promise<void> {
  const { env, log } = runtime;
  const { work } = runtime.metrics;
  const rows = createFallbackRows(runtime.pools.work, runtime.window);
  return every(
    env.VIEW_RECONCILE_INTERVAL_SECONDS * 1000,
    async () => {
      // This runs even while an operator has views counted in Postgres: Redis must learn about them as they arrive.
      if (!runtime.redisAnswers()) return;
      const { errors, givenUp, ...done } = await reconcileRows(redis, rows, step);
      work.reconciled(errors.length > 0 ? "partly" : "done", done.rows);
      if (done.rows > 0) log.info(done, "fallback rows reconciled with Redis");
      if (givenUp > 0)
        log.error({ views: givenUp }, "fallback rows were given up: these views may be counted twice");
      for (const error of errors)
        log.warn({ error: error.message }, "some fallback rows were left for the next round of reconcile");
    },
    (error) => {
      work.reconciled("failed", 0);
      log.warn({ error: error.message }, "reconcile was cut short and will run again");
    },
  );
}
