import { z } from "zod";
import { acknowledge, snooze } from "~/alerts/acknowledge";
import { createChannelSecrets } from "~/alerts/channel-secrets";
import { addChannel, giveUp, removeChannel, retryNow, sendTest } from "~/alerts/channels";
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

const add = defineAction({
  permission,
  reason: "none",
  secrets: ["url", "secret"],
  schema: z
    .object({
      name: z.string("Enter a name.").trim().min(1, "Enter a name.").max(80, "Use 80 characters or fewer."),
      kind: z.enum(["webhook", "slack"], "Choose a type."),
      url: z.string("Enter an address.").trim().min(1, "Enter an address."),
      secret: z.string().trim().default(""),
    })
    .refine(({ kind, secret }) => kind !== "webhook" || secret.length >= 16, {
      path: ["secret"],
      message: "Enter 16 characters or more.",
    }),
  async run({ runtime, user }, channel) {
    await addChannel(runtime.db, user, channel, {
      allowPrivate: runtime.env.WEBHOOK_ALLOW_PRIVATE,
      secrets: createChannelSecrets(runtime.env.SESSION_SECRET),
    });
    return done("Added. Its address and secret are not shown again. Send it a test.");
  },
});

const remove = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id }),
  async run({ runtime, user, now }, { id }) {
    await removeChannel(runtime.db, user, id, now);
    return done("Removed, with its secret. Its undelivered notifications are given up.");
  },
});

const test = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id }),
  async run({ runtime, user, now }, { id }) {
    const publicUrl = runtime.env.PUBLIC_URL?.replace(/\/+$/, "") ?? "";
    await sendTest(runtime.db, user, id, { now, publicUrl });
    return done("The test is on its way. The delivery log shows the result within seconds.");
  },
});

const giveUpDelivery = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id }),
  async run({ runtime, user, now }, { id }) {
    await giveUp(runtime.db, user, BigInt(id), now);
    return done("Given up. It will not be retried.");
  },
});

const retryDelivery = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id }),
  async run({ runtime, user, now }, { id }) {
    await retryNow(runtime.db, user, BigInt(id), now);
    return done("Retry requested. The delivery log shows the result within seconds.");
  },
});

/** The actions of the alerts page, by intent. */
export const ALERT_ACTIONS: Actions = {
  acknowledge: acknowledgeAlert,
  snooze: snoozeAlert,
  silence,
  unsilence,
  "edit-rule": edit,
  "add-channel": add,
  "remove-channel": remove,
  "test-channel": test,
  "give-up": giveUpDelivery,
  retry: retryDelivery,
};
