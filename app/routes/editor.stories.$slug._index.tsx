import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { panelLoader } from "~/console/open-page";
import { readStoryNumbers } from "~/pages/story-analytics/read-story-numbers";
import { movedOrNotYours, requireEditor } from "~/pages/story-analytics/require-editor";
import { StoryNumbersPage } from "~/pages/story-analytics/story-numbers-page";
import { storyRange } from "~/pages/story-analytics/story-ranges";

/** The analytics of one of the editor's stories over the range in the address. */
export async function loader({ context, request, params }: LoaderFunctionArgs) {
  const { editor, sources } = await requireEditor(context, request);
  const search = new URL(request.url).searchParams;
  const selection = {
    range: storyRange(search.get("range")),
    chapter: Number(search.get("chapter")) || null,
  };
  const panel = panelLoader({ context, request });
  const numbers = await readStoryNumbers(sources, editor.id, params.slug ?? "", selection, new Date(), panel);
  if (!numbers) throw await movedOrNotYours(sources, editor, request, params.slug);
  return numbers;
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.story.title}: analytics · Tidemark` : "Your stories · Tidemark" },
  { name: "robots", content: "noindex" },
];

export default function StoryNumbersRoute() {
  return <StoryNumbersPage numbers={useLoaderData<typeof loader>()} />;
}
