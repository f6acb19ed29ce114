import { ADVISORY_LOCKS } from "../app/platform/advisory-locks";
import { every } from "../app/platform/every";
import type { Runtime } from "../app/runtime/create-runtime";
import type { RedisViews } from "../app/stores/redis/redis-views";
import type { FallbackRows } from "../app/tracker/ports";
import { type ReconcileStep, reconcileRows } from "../app/tracker/reconcile";

/**
 * Starts offering fallback rows to Redis whenever it answers. This is a loop, not a queue job: a queue in Redis cannot know
 * that Redis was unreachable. @returns a function that stops it.
 */
export function runReconcile(
  runtime: Runtime,
  redis: RedisViews,
  rows: FallbackRows,
  step?: (label: ReconcileStep) => void | Promise<void>,
): () => Promise<void> {
  const { env, log } = runtime;
  return every(
    env.VIEW_RECONCILE_INTERVAL_SECONDS * 1000,
    async () => {
      // This runs even while an operator has views counted in Postgres: Redis must learn about them as they arrive.
      if (!runtime.redisAnswers()) return;
      // One worker at a time: two would reach the same result, but do the work twice.
      const client = await runtime.pools.work.connect();
      try {
        const { rows: got } = await client.query<{ got: boolean }>("SELECT pg_try_advisory_lock($1) AS got", [
          ADVISORY_LOCKS.reconcile,
        ]);
        if (!got[0]?.got) return;
        try {
          const done = await reconcileRows(redis, rows, step);
          if (done.rows > 0) log.info({ ...done }, "fallback rows reconciled with Redis");
        } finally {
          await client.query("SELECT pg_advisory_unlock($1)", [ADVISORY_LOCKS.reconcile]);
        }
      } finally {
        client.release();
      }
    },
    (error) => log.warn({ error: error.message }, "reconcile was cut short and will run again"),
  );
}
