import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { panelLoader } from "~/console/open-page";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { parseFilter, readSources } from "~/pages/story-analytics/sources/read-story-sources";
import { StorySourcesPage } from "~/pages/story-analytics/sources/story-sources-page";
import { storyRange } from "~/pages/story-analytics/story-ranges";

/** Where the views of one of the editor's stories came from, within the range and the filter of the address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  const search = new URL(request.url).searchParams;
  const selection = { range: storyRange(search.get("range")), filter: parseFilter(search) };
  return readSources(sources, story, selection, new Date(), panelLoader({ context, request }));
}

export default function StorySourcesRoute() {
  return <StorySourcesPage {...useLoaderData<typeof loader>()} />;
}
