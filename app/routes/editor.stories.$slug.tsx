import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Outlet, useLoaderData } from "@remix-run/react";
import { readStoryFrame } from "~/pages/story-analytics/read-story-frame";
import { requireEditorStory } from "~/pages/story-analytics/require-editor";
import { StoryFrame } from "~/pages/story-analytics/story-frame";

/** What stands above every page of a story's analytics. Each page below asks for the story by itself. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { story, sources } = await requireEditorStory(context, request, params.slug);
  return readStoryFrame(sources, story, new Date());
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.story.title}: analytics · Tidemark` : "Your stories · Tidemark" },
  { name: "robots", content: "noindex" },
];

export default function StoryAnalyticsLayout() {
  return (
    <StoryFrame frame={useLoaderData<typeof loader>()}>
      <Outlet />
    </StoryFrame>
  );
}
