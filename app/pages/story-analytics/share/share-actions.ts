import { z } from "zod";
import { type Actions, defineAction } from "~/console/action";
import { done } from "~/shared/action-result";
import { formatCount } from "~/shared/format";
import { tagsField } from "./tags";

/** What an editor can do on the page "Tags and sharing" of a story that is theirs: the route has checked that. */
export function shareActions({ storyId }: { storyId: number }): Actions {
  // Whose stories they are decides, not the role alone; see `requireEditorStory`.
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
  };
}
