import type { LoaderFunctionArgs } from "@remix-run/node";
import { recordExport } from "~/auth/record-export";
import { storyListCsv } from "~/pages/story-analytics/list/export-story-list";
import { walkEditorStories } from "~/pages/story-analytics/list/list-editor-stories";
import { parseListSelection } from "~/pages/story-analytics/list/list-selection";
import { requireEditor } from "~/pages/story-analytics/require-editor";
import { download } from "~/platform/csv";

/** The editor's stories as a file: those that the address selects, on all pages; without a selection, every one. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { editor, sources } = await requireEditor(context, request);
  const selection = parseListSelection(new URL(request.url).searchParams);
  const now = new Date();
  recordExport(context, request, editor);
  const stories = walkEditorStories(sources, editor.id, now, selection);
  return download(storyListCsv(stories), "stories.csv", "text/csv");
}
