import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { readChapters } from "~/pages/story-analytics/readers/read-chapters";
import { StoryReadersPage } from "~/pages/story-analytics/readers/story-readers-page";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { storyRange } from "~/pages/story-analytics/story-ranges";

/** How far readers of one of the editor's stories come. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  const range = storyRange(new URL(request.url).searchParams.get("range"));
  return readChapters(sources, story, range, new Date());
}

export default function StoryReadersRoute() {
  return <StoryReadersPage {...useLoaderData<typeof loader>()} />;
}
