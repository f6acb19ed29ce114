import { z } from "zod";
import { LONGEST_DRILL_SECONDS, SHORTEST_DRILL_SECONDS } from "~/alerts/drills/limits";
import { abortDrill, startDrill } from "~/alerts/drills/start-drill";
import { type Actions, defineAction } from "~/console/action";
import { wholeNumberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatCount } from "~/shared/format";

const BOUNDS = `Enter whole seconds, from ${SHORTEST_DRILL_SECONDS} to ${LONGEST_DRILL_SECONDS}.`;

/** The actions of the drill page, by intent. */
export const DRILL_ACTIONS: Actions = {
  "start-drill": defineAction({
    permission: "drill.run",
    reason: "none",
    schema: z.object({
      seconds: wholeNumberField(BOUNDS, SHORTEST_DRILL_SECONDS, LONGEST_DRILL_SECONDS),
    }),
    async run({ runtime, user }, { seconds }) {
      await startDrill(runtime.db, user, seconds);
      return done(`The drill has started. It ends by itself in ${formatCount(seconds, "second")}.`);
    },
  }),
  "abort-drill": defineAction({
    permission: "drill.run",
    reason: "none",
    schema: z.object({}),
    async run({ runtime, user }) {
      await abortDrill(runtime.db, user);
      return done("Drill aborted. Every process recovers within a second.");
    },
  }),
};
