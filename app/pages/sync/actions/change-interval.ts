import { z } from "zod";
import { defineAction } from "~/console/action";
import { numberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatDuration } from "~/shared/format";

const UNIT_HOURS = { minutes: 1 / 60, hours: 1, days: 24 };
const SHORTEST_HOURS = 1 / 60;
const LONGEST_HOURS = 168;
const BOUNDS = "Enter a number. The interval may be from 1 minute to 7 days.";

/** Changes how often the sync runs. The worker's schedule follows within five seconds. */
export const changeInterval = defineAction({
  permission: "settings.change",
  reason: "required",
  schema: z
    .object({
      every: numberField(BOUNDS, (every) => every > 0),
      unit: z.enum(["minutes", "hours", "days"], "Choose minutes, hours or days."),
    })
    .transform(({ every, unit }) => ({ hours: every * UNIT_HOURS[unit] }))
    .refine(({ hours }) => hours >= SHORTEST_HOURS && hours <= LONGEST_HOURS, {
      path: ["every"],
      message: BOUNDS,
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
