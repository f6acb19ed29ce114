import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { panelLoader } from "~/console/open-page";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { readSources } from "~/pages/story-analytics/sources/read-story-sources";
import { StorySourcesPage } from "~/pages/story-analytics/sources/story-sources-page";
import { storyRange } from "~/pages/story-analytics/story-ranges";

/** Where the views of one of the editor's stories came from. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  const range = storyRange(new URL(request.url).searchParams.get("range"));
  return readSources(sources, story, range, new Date(), panelLoader({ context, request }));
}

export default function StorySourcesRoute() {
  return <StorySourcesPage {...useLoaderData<typeof loader>()} />;
}
