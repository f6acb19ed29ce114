import { z } from "zod";
import { acknowledge, addNote, handOver, NOTE_LENGTH, snooze } from "~/alerts/acknowledge";
import { BadEdit } from "~/alerts/rules";
import { type Actions, defineAction } from "~/console/action";
import { idField, numberField } from "~/console/fields";
import { publicUrlOf } from "~/platform/site-origin";
import { done } from "~/shared/action-result";
import { formatCount } from "~/shared/format";
import { readOperators } from "./read-operators";

const permission = "alerts.change";

const id = idField("There is no such entry.");
const note = z.string().trim().max(NOTE_LENGTH, `Use ${NOTE_LENGTH} characters or fewer.`).default("");
/** How long to be quiet, in minutes. */
export const minutes = numberField("Choose how long.", (minutes) => minutes > 0);
export const after = (now: Date, minutes: number) => new Date(now.getTime() + minutes * 60_000);

const acknowledgeAlert = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, note }),
  async run({ runtime, user, now }, { id, note }) {
    await acknowledge(runtime.db, user, id, { note, now });
    return done("Acknowledged: it is yours. Channels are notified again when it resolves.");
  },
});

const handOverAlert = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, to: idField("Choose a person."), note }),
  async run({ runtime, user, now }, { id, to, note }) {
    const taker = (await readOperators(runtime.db)).find((operator) => operator.id === to);
    if (!taker) throw new BadEdit("Choose a person who works with alerts.", "to");
    const told = await handOver(runtime.db, user, id, { to, note, publicUrl: publicUrlOf(runtime.env), now });
    return done(`Handed over to ${taker.name}. ${formatCount(told, "channel is", "channels are")} notified.`);
  },
});

const noteOnAlert = defineAction({
  permission,
  reason: "none",
  schema: z.object({ id, note: note.refine((text) => text.length > 0, "Write a note.") }),
  async run({ runtime, user, now }, { id, note }) {
    await addNote(runtime.db, user, id, { note, now });
    return done("Noted in the alert's timeline.");
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

/** What people can do about one alert, on its page and in the list. */
export const ONE_ALERT_ACTIONS: Actions = {
  acknowledge: acknowledgeAlert,
  "hand-over": handOverAlert,
  note: noteOnAlert,
  snooze: snoozeAlert,
};
