import type { LoaderFunctionArgs } from "@remix-run/node";
import { recordExport } from "~/auth/record-export";
import { storyViewsJson } from "~/pages/story-analytics/over-time/export-story-views";
import { readFreshness } from "~/pages/story-analytics/read-freshness";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { download } from "~/platform/csv";

/** Every hour of a story and its chapters as one JSON document, without a limit on rows. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { editor, story, sources } = await requireEditorStory(context, request, params.slug);
  const target = { kind: "story" as const, id: story.id, storyId: story.id };
  const { asOf, rememberedAt, unsyncedOf } = await readFreshness(sources, [target], new Date());
  recordExport(context, request, editor);
  return download(
    storyViewsJson(sources.db, story, { asOf, unsynced: unsyncedOf(target), rememberedAt }),
    `story-${story.id}-views.json`,
    "application/json",
  );
}
