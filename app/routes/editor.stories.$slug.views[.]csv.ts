import type { LoaderFunctionArgs } from "@remix-run/node";
import { requirePermission } from "~/auth/permissions";
import { storyViewsCsv } from "~/pages/story-analytics/export-story-views";
import { findEditorStory } from "~/pages/story-analytics/find-editor-story";
import { download } from "~/platform/csv";

/** Every hour of a story and its chapters, without a cap on rows. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const user = await requirePermission(context, request, "editor.view");
  const { db } = context.runtime;
  const story = await findEditorStory(db, user.id, params.slug ?? "");
  if (!story) throw new Response("You have no such story.", { status: 404 });
  return download(storyViewsCsv(db, story), `story-${story.id}-views.csv`, "text/csv");
}
