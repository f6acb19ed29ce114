import { z } from "zod";
import { defineAction } from "~/console/action";
import { actorName } from "~/platform/people";
import { done, refused } from "~/shared/action-result";
import { formatTrigger } from "~/telemetry/sync-trigger";

/** After this long, ms, every process has switched, so that no view is counted in Redis after the draining sync. */
const FOLLOWED_MS = 5000;

/**
 * Moves the counting of every process to Redis or to the database, without a restart: each follows within five seconds.
 * With `drain`, a sync then moves the views in Redis, so that none are left there.
 */
export const switchStore = defineAction({
  permission: "settings.change",
  reason: "required",
  schema: z.object({
    store: z.enum(["redis", "database"], "There is no such store."),
    how: z.enum(["drain", "at-once"], "Choose one of the two.").default("drain"),
  }),
  async run({ runtime, user, reason }, { store, how }) {
    if (!runtime.env.VIEW_TRACKING_REDIS_ENABLED)
      return refused(
        "No change: this site was started without Redis (VIEW_TRACKING_REDIS_ENABLED), so there is no other store.",
      );
    const name = store === "redis" ? "Redis" : "the database";
    if (runtime.settings.current().countIn.store === store)
      return refused(`No change: views are already counted in ${name}.`);
    await runtime.settings.change(user, "countIn", () => ({ store, reason }), {
      action: "tracker.switch",
      reason,
    });
    const moved = `Views are now counted in ${name}; every process follows within 5 seconds.`;
    if (store === "redis")
      return done(
        runtime.redisAnswers()
          ? moved
          : `${moved} Redis is unreachable, so they go to the database until it is back.`,
      );
    if (how === "at-once") return done(`${moved} Views waiting in Redis move with the next sync.`);
    const drain = await runtime.queue.runNow(formatTrigger({ type: "drain", by: actorName(user) }), {
      force: true,
      delayMs: FOLLOWED_MS,
    });
    return drain.ok
      ? done(`${moved} A sync then moves the views waiting in Redis.`)
      : refused(`${moved} The views waiting in Redis stay there, though: ${drain.why}`);
  },
});
