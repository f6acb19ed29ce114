import { connectDatabase } from "../../app/platform/postgres";
import { connectCountingRedis } from "../../app/platform/redis";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { watchLedgers } from "../../app/telemetry/ledger/watch-ledgers";
import { reconcileRows } from "../../app/tracker/reconcile";
import { planWindow } from "../../app/tracker/window";
import { runSync } from "../../worker/run-sync";
import { type Mutant, mutantMarks } from "./mutants";

/** A victim's task: one piece of the worker's work, and the step at which to die. */
export interface VictimTask {
  work: "sync" | "reconcile";
  /** It dies the `nth` time (from 1) that it reaches the label; null to survive. */
  kill: { label: string; nth: number } | null;
  /** A bug in the sync. */
  mutant: Mutant | null;
  trigger: string;
}

/** What a victim reports if it is not killed. */
export type Report = { ready: true } | { done: true } | { failed: string };

const reportBack = (report: Report) => process.send?.(report);

/**
 * Does a worker's work in a separate process that is ready to start at once, because a whole worker takes longer to start than to
 * kill. The code and the stores are real; it dies as in a power cut.
 */
async function main() {
  const { DATABASE_URL = "", REDIS_URL = "", VIEW_DEDUP_TTL_HOURS } = process.env;
  const quiet = () => undefined;
  const { db, pool } = connectDatabase(DATABASE_URL, { max: 4, onError: quiet });
  const redis = connectCountingRedis(REDIS_URL, quiet);
  const window = planWindow(Number(VIEW_DEDUP_TTL_HOURS), 6, "request");
  const views = createRedisViews(redis, window, {
    onTaught: (...answer) => ledgers.noteTaught(...answer),
  });
  const ledgers = watchLedgers(pool, views.renewLedger, quiet);
  // Everything is loaded and connected before the task arrives, so that the work starts at once.
  await pool.query("SELECT 1");

  process.on("message", async ({ work, kill, mutant, trigger }: VictimTask) => {
    let passed = 0;
    const step = (label: string) => {
      if (label !== kill?.label) return;
      passed += 1;
      if (passed === kill.nth) process.kill(process.pid, "SIGKILL");
    };
    try {
      if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
      if (work === "sync") {
        const real = createMarks(pool);
        const marks = mutant ? mutantMarks(mutant, real, views, redis, step) : real;
        await runSync(
          { db, redis: views, marks, step, recordLedger: () => recordLedger(pool, views, window) },
          trigger,
        );
      } else {
        const { errors } = await reconcileRows(views, createFallbackRows(pool, window), step);
        await ledgers.flush();
        if (errors[0]) throw errors[0];
      }
      reportBack({ done: true });
    } catch (error) {
      reportBack({ failed: (error as Error).message });
    }
  });
  process.on("disconnect", () => process.exit(0));
  reportBack({ ready: true });
}

main().catch((error: Error) => {
  reportBack({ failed: error.message });
  process.exit(1);
});
