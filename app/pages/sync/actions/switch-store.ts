import { type ActionResult, done, refused } from "~/shared/action-result";
import { formatTrigger } from "~/telemetry/sync-trigger";
import type { Operator } from "./operator";

/** By then every process has followed, so nothing is counted in Redis behind the draining sync, ms. */
const FOLLOWED_MS = 5000;

/**
 * Moves the counting of every process to Redis or to the database, without a restart: each follows within five seconds.
 * With `drain`, a sync follows the move to the database, so that nothing is left waiting in Redis.
 */
export async function switchStore(
  { runtime, user, reason }: Operator,
  store: "redis" | "database",
  drain: boolean,
): Promise<ActionResult> {
  if (!runtime.env.VIEW_TRACKING_REDIS_ENABLED)
    return refused(
      "Nothing was done: this site was started without Redis (VIEW_TRACKING_REDIS_ENABLED), so there is nothing to switch to.",
    );
  const name = store === "redis" ? "Redis" : "the database";
  if (runtime.settings.current().countIn.store === store)
    return refused(`Nothing was done: views are to be counted in ${name} already.`);
  await runtime.settings.change(user, "countIn", () => ({ store, reason }), {
    action: "tracker.switch",
    reason,
  });
  const moved = `Views are counted in ${name} from now on; every process follows within 5 seconds.`;
  if (store === "redis")
    return done(
      runtime.redisAnswers()
        ? moved
        : `${moved} Redis does not answer just now: until it does, they go to the database as before.`,
    );
  if (!drain) return done(`${moved} What waits in Redis moves with the next sync.`);
  const asked = await runtime.queue.runNow(formatTrigger({ type: "drain", by: user.name }), {
    force: true,
    delayMs: FOLLOWED_MS,
  });
  return asked.ok
    ? done(`${moved} A sync then carries what waits in Redis.`)
    : { ok: false, text: `${moved} But what waits in Redis stays there: ${asked.why}` };
}
