import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { EditorStoriesPage } from "~/pages/story-analytics/list/editor-stories-page";
import { listEditorStories } from "~/pages/story-analytics/list/list-editor-stories";
import { parseListSelection } from "~/pages/story-analytics/list/list-selection";
import { requireEditor } from "~/pages/story-analytics/require-editor";

/** The editor's stories with their totals, as the address asks for them. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { editor, sources } = await requireEditor(context, request);
  const selection = parseListSelection(new URL(request.url).searchParams);
  return listEditorStories(sources, editor.id, new Date(), selection);
}

export default function EditorStoriesRoute() {
  return <EditorStoriesPage {...useLoaderData<typeof loader>()} />;
}
