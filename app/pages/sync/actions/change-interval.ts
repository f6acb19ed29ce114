import { z } from "zod";
import { defineAction } from "~/console/action";
import { numberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatDuration } from "~/shared/format";

/** A minute to a week, with half a second for rounding: a form sends 0.0167 for a minute. */
const SHORTEST_HOURS = 1 / 60 - 0.0002;
const LONGEST_HOURS = 168;
const BOUNDS = "Enter hours, from 0.0167 (one minute) to 168 (a week).";

/** Changes how often the sync runs. The worker's schedule follows within five seconds. */
export const changeInterval = defineAction({
  permission: "settings.change",
  reason: "required",
  schema: z.object({
    hours: numberField(BOUNDS, (hours) => hours >= SHORTEST_HOURS && hours <= LONGEST_HOURS),
  }),
  async run({ runtime, user, reason }, { hours }) {
    const { before } = await runtime.settings.change(
      user,
      "sync",
      (value) => ({ ...value, intervalHours: hours }),
      { action: "sync.interval", reason },
    );
    return done(
      `The sync now runs every ${inWords(hours)}, instead of every ${inWords(before.intervalHours)}.`,
    );
  },
});

const inWords = (hours: number) => formatDuration(hours * 3600);
