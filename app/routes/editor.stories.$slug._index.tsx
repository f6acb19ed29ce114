import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { readZone } from "~/pages/story-analytics/editor-zone";
import { readOverTime } from "~/pages/story-analytics/over-time/read-over-time";
import { StoryNumbersPage } from "~/pages/story-analytics/over-time/story-numbers-page";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";

/** The views of one of the editor's stories over the range in the address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  const search = new URL(request.url).searchParams;
  return readOverTime(sources, story, search, readZone(request), new Date());
}

export default function StoryNumbersRoute() {
  return <StoryNumbersPage numbers={useLoaderData<typeof loader>()} />;
}
