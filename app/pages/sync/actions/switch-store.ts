import { z } from "zod";
import { defineAction } from "~/console/action";
import { numberField } from "~/console/fields";
import { actorName } from "~/platform/people";
import { done, refused } from "~/shared/action-result";
import { formatTime } from "~/shared/format";
import { formatTrigger } from "~/telemetry/sync-trigger";

/** After this long, ms, every process has switched, so that no view is counted in Redis after the draining sync. */
const FOLLOWED_MS = 5000;
const HOUR_MS = 3_600_000;
/** A week. */
const LONGEST_HOURS = 168;
const BOUNDS = "Choose how long, up to a week.";

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
    /** "" until an operator switches back. */
    hours: z
      .literal("")
      .or(numberField(BOUNDS, (hours) => hours > 0 && hours <= LONGEST_HOURS))
      .default(""),
  }),
  async run({ runtime, user, reason, now }, { store, how, hours }) {
    if (!runtime.env.VIEW_TRACKING_REDIS_ENABLED)
      return refused(
        "No change: this site was started without Redis (VIEW_TRACKING_REDIS_ENABLED), so there is no other store.",
      );
    const name = store === "redis" ? "Redis" : "the database";
    if (runtime.settings.current().countIn.store === store)
      return refused(`No change: views are already counted in ${name}.`);
    const until = store === "database" && hours !== "" ? new Date(now.getTime() + hours * HOUR_MS) : null;
    const countIn = { store, reason, ...(until && { until: until.toISOString() }) };
    await runtime.settings.change(user, "countIn", () => countIn, {
      action: "tracker.switch",
      reason,
    });
    const back = until ? ` They are counted in Redis again from ${formatTime(until, { now })}.` : "";
    const moved = `Views are now counted in ${name}; every process follows within 5 seconds.${back}`;
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
