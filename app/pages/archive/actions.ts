import { z } from "zod";
import { type Actions, defineAction } from "~/console/action";
import { wholeNumberField } from "~/console/fields";
import { writeAudit } from "~/platform/audit";
import { done, refused } from "~/shared/action-result";
import { MOST_RETENTION_DAYS, RETENTION_RULES, type RetentionKey } from "~/shared/retention";

/** Stops the worker between two batches; nothing is undone. */
const pauseArchive = defineAction({
  permission: "archive.change",
  reason: "required",
  schema: z.object({}),
  async run({ runtime, user, reason }) {
    await runtime.settings.change(user, "archive", () => ({ paused: true, reason }), {
      action: "archive.pause",
      reason,
    });
    return done(
      "Archive paused. The worker stops after the rows that it is at, and goes on from there when you resume.",
    );
  },
});

const resumeArchive = defineAction({
  permission: "archive.change",
  reason: "required",
  schema: z.object({}),
  async run({ runtime, user, reason }) {
    if (!runtime.settings.current().archive.paused) return refused("No change: the archive is not paused.");
    await runtime.settings.change(user, "archive", () => ({ paused: false, reason: "" }), {
      action: "archive.resume",
      reason,
    });
    return done("Archive resumed. The worker goes on within a few seconds.");
  },
});

/** Lets a restored month leave the tables again. Its file is still there, and is compared before a row goes. */
const archiveAgain = defineAction({
  permission: "archive.change",
  reason: "required",
  schema: z.object({ id: z.string().max(100, "There is no such file.") }),
  async run({ runtime, user, reason }, { id }) {
    const changed = await runtime.db.$transaction(async (tx) => {
      const { count } = await tx.archiveFile.updateMany({
        where: { file: id, state: "restored" },
        data: { state: "deleting", done: 0, updatedAt: new Date() },
      });
      if (count > 0) await writeAudit(tx, user, { action: "archive.again", target: id, reason });
      return count > 0;
    });
    return changed
      ? done(`${id}: its rows leave the tables again within ten minutes, after a comparison with the file.`)
      : refused(`No change: ${id} is not a restored file.`);
  },
});

const FIELDS = Object.fromEntries(
  RETENTION_RULES.map(({ key, least }) => [
    key,
    wholeNumberField(
      `Enter a whole number of days, from ${least} to ${MOST_RETENTION_DAYS}.`,
      least,
      MOST_RETENTION_DAYS,
    ),
  ]),
) as Record<RetentionKey, ReturnType<typeof wholeNumberField>>;

const changeRetention = defineAction({
  permission: "settings.change",
  reason: "required",
  schema: z.object(FIELDS),
  async run({ runtime, user, reason }, days) {
    const same = RETENTION_RULES.every(({ key }) => runtime.settings.current().retention[key] === days[key]);
    if (same) return refused("No change: these are the days that hold already.");
    await runtime.settings.change(user, "retention", () => days, { action: "retention.change", reason });
    return done(
      "Retention changed. The worker deletes what is too old within ten minutes, a few thousand rows at a time.",
    );
  },
});

export const ARCHIVE_ACTIONS: Actions = {
  "pause-archive": pauseArchive,
  "resume-archive": resumeArchive,
  "archive-again": archiveAgain,
  retention: changeRetention,
};
