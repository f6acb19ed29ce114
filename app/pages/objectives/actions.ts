import { z } from "zod";
import { defineAction } from "~/console/action";
import { numberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatShare } from "~/shared/format";
import { OBJECTIVES, type ObjectiveKey } from "~/shared/objectives";

const BOUNDS = "Enter a percentage from 50 to 99.999.";
const KEYS = OBJECTIVES.map(({ key }) => key) as [ObjectiveKey, ...ObjectiveKey[]];

/** Changes the target of one objective. It holds for the whole of the last 30 days at once, as no target is kept from before. */
const changeTarget = defineAction({
  permission: "settings.change",
  reason: "required",
  schema: z.object({
    id: z.enum(KEYS, "This objective does not exist."),
    percent: numberField(BOUNDS, (percent) => percent >= 50 && percent <= 99.999),
  }),
  async run({ runtime, user, reason }, { id, percent }) {
    // Through a string: 99.9 / 100 would be 0.9990000000000001.
    const target = Number((percent / 100).toFixed(7));
    const { before } = await runtime.settings.change(
      user,
      "objectives",
      (targets) => ({ ...targets, [id]: target }),
      { action: "objective.target", reason },
    );
    return done(`The target is ${formatShare(target)} now, instead of ${formatShare(before[id])}.`);
  },
});

export const OBJECTIVE_ACTIONS = { target: changeTarget };
