import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { EditorStoriesPage } from "~/pages/story-analytics/list/editor-stories-page";
import { listEditorStories } from "~/pages/story-analytics/list/list-editor-stories";
import { requireEditor } from "~/pages/story-analytics/require-editor";

/** The editor's stories with their totals. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  const { editor, sources } = await requireEditor(context, request);
  return listEditorStories(sources, editor.id, new Date());
}

export default function EditorStoriesRoute() {
  return <EditorStoriesPage {...useLoaderData<typeof loader>()} />;
}
