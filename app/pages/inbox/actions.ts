import { z } from "zod";
import { markRead, markUnread } from "~/alerts/inbox";
import { type Actions, defineAction } from "~/console/action";
import { idField } from "~/console/fields";
import { done } from "~/shared/action-result";
import { formatCount } from "~/shared/format";

// Whoever may see the inbox may say what they have read: it changes nothing for others, and so is not in the audit.
// Their other windows show the new number at once.
const permission = "alerts.view";
const schema = z.object({ id: idField("There is no such message.") });

/** The actions of the inbox, by intent. */
export const INBOX_ACTIONS: Actions = {
  "mark-read": defineAction({
    permission,
    reason: "none",
    schema,
    async run({ runtime, user, now }, { id }) {
      await markRead(runtime.db, user.id, BigInt(id), now);
      runtime.changes.publish("inbox");
      return done("Marked as read.");
    },
  }),
  "mark-unread": defineAction({
    permission,
    reason: "none",
    schema,
    async run({ runtime, user }, { id }) {
      await markUnread(runtime.db, user.id, BigInt(id));
      runtime.changes.publish("inbox");
      return done("Marked as unread.");
    },
  }),
  "mark-all-read": defineAction({
    permission,
    reason: "none",
    schema: z.object({}),
    async run({ runtime, user, now }) {
      const read = await markRead(runtime.db, user.id, "all", now);
      runtime.changes.publish("inbox");
      return done(`${formatCount(read, "message is", "messages are")} marked as read.`);
    },
  }),
};
