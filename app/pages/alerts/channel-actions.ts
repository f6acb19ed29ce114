import { z } from "zod";
import { ADDABLE_KINDS, findChannelKind } from "~/alerts/channel-kinds/all-kinds";
import { createChannelSecrets } from "~/alerts/channel-secrets";
import { addChannel, editChannel, giveUp, removeChannel, retryNow } from "~/alerts/channels";
import { REPEAT_MINUTES } from "~/alerts/repeat-minutes";
import { mailServerOf } from "~/alerts/send-mail";
import { SEVERITIES } from "~/alerts/severity";
import { testChannel } from "~/alerts/test-channel";
import { type Actions, defineAction, type Operator } from "~/console/action";
import { idField } from "~/console/fields";
import { publicUrlOf } from "~/platform/site-origin";
import { done, refused } from "~/shared/action-result";

const permission = "alerts.change";

const id = idField("There is no such entry.");

/** What can be said about a channel of any kind. */
const SETTINGS = {
  name: z.string("Enter a name.").trim().min(1, "Enter a name.").max(80, "Use 80 characters or fewer."),
  leastSeverity: z.enum(SEVERITIES, "Choose a severity."),
  repeatMinutes: z
    .enum(["", ...REPEAT_MINUTES.map(String)], "Choose a time from the list.")
    .transform((minutes) => (minutes === "" ? null : Number(minutes))),
};

/** The kind decides which other fields there are, and what they must contain. */
const NEW_CHANNEL = z
  .object({ ...SETTINGS, kind: z.string() })
  .catchall(z.string())
  .transform(({ name, leastSeverity, repeatMinutes, ...values }, context) => {
    const kind = findChannelKind(values.kind);
    if (!kind?.send) {
      context.addIssue({ code: "custom", path: ["kind"], message: "Choose a type." });
      return z.NEVER;
    }
    const address = kind.schema.safeParse(values);
    if (address.success)
      return { name, leastSeverity, repeatMinutes, kind: kind.kind, address: address.data };
    for (const { path, message } of address.error.issues)
      context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  });

const sending = ({ env }: Operator["runtime"]) => ({
  allowPrivate: env.WEBHOOK_ALLOW_PRIVATE,
  mail: mailServerOf(env),
  secrets: createChannelSecrets(env.SESSION_SECRET),
});

const add = defineAction({
  permission,
  reason: "none",
  secrets: ADDABLE_KINDS.flatMap(({ fields }) =>
    fields.filter(({ secret }) => secret).map(({ name }) => name),
  ),
  schema: NEW_CHANNEL,
  async run({ runtime, user }, channel) {
    await addChannel(runtime.db, user, channel, sending(runtime));
    const { generated } = channel.address;
    return {
      ...done("Added. Its address and secret are not shown again. Send it a test."),
      ...(generated ? { shownOnce: [generated] } : {}),
    };
  },
});

const edit = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, ...SETTINGS }),
  async run({ runtime, user }, { id, ...settings }) {
    await editChannel(runtime.db, user, id, settings);
    return done("Saved. Applies from the next notification.");
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
  async run({ runtime, log, user, now }, { id }) {
    const publicUrl = publicUrlOf(runtime.env);
    const { delivered, host, status, ...answer } = await testChannel(
      {
        ...sending(runtime),
        db: runtime.db,
        onFailure: ({ delivery, channel, error }) =>
          log.warn({ delivery, channel, error }, "a test notification was not delivered"),
      },
      user,
      id,
      { now, publicUrl },
    );
    const error = answer.error?.replace(/\.+$/, "") ?? null;
    if (!delivered)
      return refused(
        `The test was not delivered: ${error}. It is not retried: correct the channel, then test again.`,
      );
    if (!host) return done("The test is in the inbox.");
    const how = error ? `, but ${error}` : status === null ? "" : ` (status ${status})`;
    return done(`The test was delivered to ${host}${how}.`);
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

/** The actions about channels and their notifications, by intent. */
export const CHANNEL_ACTIONS: Actions = {
  "add-channel": add,
  "edit-channel": edit,
  "remove-channel": remove,
  "test-channel": test,
  "give-up": giveUpDelivery,
  retry: retryDelivery,
};
