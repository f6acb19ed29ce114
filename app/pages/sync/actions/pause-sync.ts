import { isPaused } from "~/platform/settings";
import { type ActionResult, done, refused } from "~/shared/action-result";
import { formatDuration, formatTime } from "~/shared/format";
import type { Operator } from "./operator";

const HOUR_MS = 3_600_000;
/** Longer than this, hours, somebody should decide again. */
export const LONGEST_PAUSE_HOURS = 72;

/** Pauses the scheduled syncs until they resume by themselves, `hours` from now. Counting goes on. */
export async function pauseSync(operator: Operator, hours: number, now: Date): Promise<ActionResult> {
  if (!(hours > 0 && hours <= LONGEST_PAUSE_HOURS))
    return refused(`Nothing was done: a pause lasts from a few minutes to ${LONGEST_PAUSE_HOURS} hours.`);
  const { runtime, user, reason } = operator;
  const until = new Date(now.getTime() + hours * HOUR_MS);
  await runtime.settings.change(
    user,
    "sync",
    (before) => ({ ...before, pausedUntil: until.toISOString(), pausedReason: reason }),
    { action: "sync.pause", reason },
  );
  return done(
    `The sync is paused for ${formatDuration(hours * 3600)} and resumes by itself at ${formatTime(until, { now })}. Views are counted as before.`,
  );
}

/** Ends the pause now; the worker then syncs at once. */
export async function resumeSync(operator: Operator, now: Date): Promise<ActionResult> {
  const { runtime, user, reason } = operator;
  if (!isPaused(runtime.settings.current().sync, now.getTime()))
    return refused("The sync is not paused: there is nothing to resume.");
  await runtime.settings.change(user, "sync", (before) => ({ ...before, pausedUntil: now.toISOString() }), {
    action: "sync.resume",
    reason,
  });
  return done("The sync goes on. The worker runs one within a few seconds, for what waited.");
}
