import { z } from "zod";
import { defineAction } from "~/console/action";
import { numberField } from "~/console/fields";
import { isPaused } from "~/platform/settings";
import { done, refused } from "~/shared/action-result";
import { formatDuration, formatTime } from "~/shared/format";

const HOUR_MS = 3_600_000;
/** Hours. An operator who needs longer should decide again. */
const LONGEST_PAUSE_HOURS = 72;
const BOUNDS = `Choose a length of up to ${LONGEST_PAUSE_HOURS} hours.`;

/** Pauses the scheduled syncs; they resume by themselves after `hours`. Counting continues. */
export const pauseSync = defineAction({
  permission: "sync.pause",
  reason: "required",
  schema: z.object({ hours: numberField(BOUNDS, (hours) => hours > 0 && hours <= LONGEST_PAUSE_HOURS) }),
  async run({ runtime, user, reason, now }, { hours }) {
    const until = new Date(now.getTime() + hours * HOUR_MS);
    await runtime.settings.change(
      user,
      "sync",
      (before) => ({ ...before, pausedUntil: until.toISOString(), pausedReason: reason }),
      { action: "sync.pause", reason },
    );
    return done(
      `Sync paused for ${formatDuration(hours * 3600)}. It resumes by itself at ${formatTime(until, { now })}. Views are counted as before.`,
    );
  },
});

/** Ends the pause now; the worker then runs a sync at once. */
export const resumeSync = defineAction({
  permission: "sync.pause",
  reason: "required",
  schema: z.object({}),
  async run({ runtime, user, reason, now }) {
    if (!isPaused(runtime.settings.current().sync, now.getTime()))
      return refused("No change: the sync is not paused.");
    await runtime.settings.change(user, "sync", (before) => ({ ...before, pausedUntil: now.toISOString() }), {
      action: "sync.resume",
      reason,
    });
    return done("Sync resumed. The worker runs one within a few seconds.");
  },
});
