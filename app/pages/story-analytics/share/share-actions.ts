import { z } from "zod";
import { type Actions, defineAction } from "~/console/action";
import { done, Refusal } from "~/shared/action-result";
import { formatCount, formatTime } from "~/shared/format";
import { SHARE_DAYS } from "./share-days";
import { MOST_LINKS, makeShareLink, revokeShareLink } from "./share-links";
import { tagsField } from "./tags";

const DAY_MS = 24 * 3_600_000;

/** What an editor can do on the page "Tags and sharing" of a story that is theirs: the route has checked that. */
export function shareActions({ storyId, origin }: { storyId: number; origin: string }): Actions {
  // Authorship decides, not the role alone; see `requireEditorStory`.
  const own = { permission: "editor.view" as const, reason: "none" as const };
  return {
    "set-tags": defineAction({
      ...own,
      schema: z.object({ tags: tagsField }),
      async run({ runtime }, { tags }) {
        await runtime.db.$transaction([
          runtime.db.storyTag.deleteMany({ where: { storyId, tag: { notIn: tags } } }),
          runtime.db.storyTag.createMany({
            data: tags.map((tag) => ({ storyId, tag })),
            skipDuplicates: true,
          }),
        ]);
        return done(
          tags.length
            ? `The story has ${formatCount(tags.length, "tag")} now.`
            : "The story has no tags now.",
        );
      },
    }),
    "make-link": defineAction({
      ...own,
      schema: z.object({
        label: z
          .string()
          .default("")
          .transform((text) => text.trim())
          .pipe(
            z
              .string()
              .min(1, "Say whom the link is for, to know later which one to revoke.")
              .max(80, "Up to 80 characters."),
          ),
        days: z.coerce
          .number()
          .refine((days) => SHARE_DAYS.some(({ value }) => value === days), "Choose one of the times."),
      }),
      async run({ runtime, user, now, log }, { label, days }) {
        const token = await makeShareLink(runtime.db, { storyId, userId: user.id, label, days }, now);
        if (token === null)
          throw new Refusal(`No change: a story has up to ${MOST_LINKS} links. Revoke one of them first.`);
        log.info({ userId: user.id, storyId, days }, "a share link was made");
        const until = formatTime(new Date(now.getTime() + days * DAY_MS));
        return { ...done(`The link works until ${until}.`), shownOnce: [`${origin}/shared/${token}`] };
      },
    }),
    "revoke-link": defineAction({
      ...own,
      schema: z.object({ id: z.coerce.number().int().positive() }),
      async run({ runtime, user, log }, { id }) {
        if (!(await revokeShareLink(runtime.db, storyId, id)))
          throw new Refusal("No change: this link was revoked before.");
        log.info({ userId: user.id, storyId }, "a share link was revoked");
        return done("The link is revoked, and does not work any more.");
      },
    }),
  };
}
