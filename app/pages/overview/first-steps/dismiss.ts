import { z } from "zod";
import { defineAction } from "~/console/action";
import { rememberFirstStep } from "~/platform/first-steps-state";
import { actorName } from "~/platform/people";
import { done } from "~/shared/action-result";

/** Takes the first steps off the overview, for everyone and for good. It changes nothing else, so the audit has no row of it. */
export const dismissFirstSteps = defineAction({
  permission: "settings.change",
  reason: "none",
  schema: z.object({}),
  async run({ runtime, user }) {
    await rememberFirstStep(runtime.db, "dismissed", actorName(user));
    return done("First steps dismissed.");
  },
});
