import { z } from "zod";
import { acknowledge, snooze } from "~/alerts/acknowledge";
import { findRuleType } from "~/alerts/rule-types/all-rules";
import {
  editRule,
  LONGEST_DELAY_SECONDS,
  LONGEST_WINDOW_SECONDS,
  SHORTEST_WINDOW_SECONDS,
  silenceRule,
  unsilenceRule,
} from "~/alerts/rules";
import { SEVERITIES } from "~/alerts/severity";
import { type Actions, defineAction } from "~/console/action";
import { checkboxField, idField, numberField, wholeNumberField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatNumber } from "~/shared/format";
import { CHANNEL_ACTIONS } from "./channel-actions";

const permission = "alerts.change";

/** The row that a form is about. */
const id = idField("There is no such entry.");
/** The rule that a form is about. */
const rule = z.string("There is no such rule.");
const minutes = numberField("Choose how long.", (minutes) => minutes > 0);
const secondsField = (least: number, most: number) =>
  wholeNumberField(`Enter whole seconds, from ${least} to ${formatNumber(most)}.`, least, most);

const after = (now: Date, minutes: number) => new Date(now.getTime() + minutes * 60_000);

const acknowledgeAlert = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, note: z.string().trim().max(500, "Use 500 characters or fewer.").default("") }),
  async run({ runtime, user, now }, { id, note }) {
    await acknowledge(runtime.db, user, id, { note, now });
    return done("Acknowledged. Channels are notified again when it resolves.");
  },
});

const snoozeAlert = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, minutes }),
  async run({ runtime, user, now }, { id, minutes }) {
    await snooze(runtime.db, user, id, { until: after(now, minutes), now });
    return done("Snoozed. If it is still firing then, channels are notified again.");
  },
});

const silence = defineAction({
  permission,
  reason: "required",
  schema: z.object({ id: rule, minutes }),
  async run({ runtime, user, reason, now }, { id, minutes }) {
    await silenceRule(runtime.db, user, id, { until: after(now, minutes), reason, now });
    return done("Silenced. Its alerts are still shown here, but no channel is notified.");
  },
});

const unsilence = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id: rule }),
  async run({ runtime, user }, { id }) {
    await unsilenceRule(runtime.db, user, id);
    return done("The silence has ended.");
  },
});

/** A share is entered in percent. The bounds are those of `editRule`, checked here to show errors beside the fields. */
const edit = defineAction({
  permission,
  reason: "none",
  schema: z
    .object({
      id: rule,
      enabled: checkboxField,
      threshold: numberField("Enter a number above 0.", (value) => value > 0),
      windowSeconds: secondsField(SHORTEST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS).optional(),
      forSeconds: secondsField(0, LONGEST_DELAY_SECONDS),
      keepFiringSeconds: secondsField(0, LONGEST_DELAY_SECONDS),
      severity: z.enum(SEVERITIES, "Choose a severity."),
    })
    .refine(({ id, threshold }) => !isShare(id) || threshold <= 100, {
      path: ["threshold"],
      message: "Enter 100 % or less.",
    }),
  async run({ runtime, user }, { id, threshold, windowSeconds, ...numbers }) {
    await editRule(runtime.db, user, id, {
      ...numbers,
      threshold: isShare(id) ? threshold / 100 : threshold,
      windowSeconds: findRuleType(id)?.looksBack ? (windowSeconds ?? 0) : 0,
    });
    return done("Saved. Applies from the next evaluation (within 15 s).");
  },
});

const isShare = (rule: string) => findRuleType(rule)?.unit === "share";

/** The actions of the alerts page, by intent. */
export const ALERT_ACTIONS: Actions = {
  acknowledge: acknowledgeAlert,
  snooze: snoozeAlert,
  silence,
  unsilence,
  "edit-rule": edit,
  ...CHANNEL_ACTIONS,
};
