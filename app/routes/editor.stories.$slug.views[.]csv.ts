import type { LoaderFunctionArgs } from "@remix-run/node";
import { recordExport } from "~/auth/record-export";
import { storyViewsCsv } from "~/pages/story-analytics/over-time/export-story-views";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { download } from "~/platform/csv";

/** Every hour of a story and its chapters, without a limit on rows. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { editor, story, sources } = await requireEditorStory(context, request, params.slug);
  recordExport(context, request, editor);
  return download(storyViewsCsv(sources.db, story), `story-${story.id}-views.csv`, "text/csv");
}
