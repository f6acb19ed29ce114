import type { LoaderFunctionArgs } from "@remix-run/node";
import { recordExport } from "~/auth/record-export";
import { readZone } from "~/pages/story-analytics/editor-zone";
import { readStoryNumbers } from "~/pages/story-analytics/over-time/read-story-numbers";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { shownJson } from "~/pages/story-analytics/share/export-shown";
import { download } from "~/platform/csv";

/** The bars that the page "Views over time" shows for the same address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { editor, story, sources } = await requireEditorStory(context, request, params.slug);
  const search = new URL(request.url).searchParams;
  const numbers = await readStoryNumbers(sources, story, search, readZone(request), new Date());
  recordExport(context, request, editor);
  return download(shownJson(numbers), `story-${story.id}-shown.json`, "application/json");
}
