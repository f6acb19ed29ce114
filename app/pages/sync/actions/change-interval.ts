import { type ActionResult, done, refused } from "~/shared/action-result";
import { formatDuration } from "~/shared/format";
import type { Operator } from "./operator";

/** A minute to a week. */
const SHORTEST_HOURS = 1 / 60;
const LONGEST_HOURS = 168;

/** Changes how often the sync runs. The worker's schedule follows within five seconds. */
export async function changeInterval(
  { runtime, user, reason }: Operator,
  hours: number,
): Promise<ActionResult> {
  // Half a second of rounding: a form sends 0.0167 for a minute.
  if (!(hours >= SHORTEST_HOURS - 0.0002 && hours <= LONGEST_HOURS))
    return refused("Nothing was done: the interval is from one minute to 168 hours.");
  const { before } = await runtime.settings.change(
    user,
    "sync",
    (value) => ({ ...value, intervalHours: hours }),
    { action: "sync.interval", reason },
  );
  return done(
    `The sync runs every ${words(hours)} from now on, instead of every ${words(before.intervalHours)}.`,
  );
}

const words = (hours: number) => formatDuration(hours * 3600);
