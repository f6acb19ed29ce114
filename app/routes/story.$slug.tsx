import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { currentUser } from "~/auth/current-user";
import { viewAction } from "~/ingest/view-action";
import { movedOrMissing, movedTo } from "~/pages/reading/find-moved";
import { readStory } from "~/pages/reading/read-story";
import { StoryPage } from "~/pages/reading/story-page";
import { storyData } from "~/pages/reading/structured-data";
import { windowMs } from "~/platform/env";
import { publicOrigin } from "~/platform/site-origin";
import { composeSlug, storyFeedPath, storyPath } from "~/shared/story-paths";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";
import { rememberedPage } from "~/ui/shell/remembered-page";

export const handle = rememberedPage;

/** Loading a page counts no view: the page sends it once it is visible. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const reader = await currentUser(context, request);
  const { slug } = params;
  const found = await readStory(context.runtime, reader, slug && composeSlug(slug));
  if (!found) throw await movedOrMissing(context.runtime, reader, request, { slug, what: "story" });
  if (found.story.slug !== slug) throw movedTo(request, storyPath(found.story.slug));
  return {
    ...found,
    windowMs: windowMs(context.runtime.env),
    reader: reader && { name: reader.name, role: reader.role },
    origin: publicOrigin(context.runtime.env),
  };
}

/** Counts the view that the page sends once it is visible, and answers with the outcome. */
export const action = ({ request, params, context }: ActionFunctionArgs) =>
  viewAction(context, request, params);

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) => {
  if (!data) return [];
  const { story, origin } = data;
  const page = pageMeta({
    title: `${story.draft ? "Draft: " : ""}${story.title} by ${story.author} · Tidemark`,
    description: story.blurb || `${story.title}, a serial by ${story.author}.`,
    origin,
    path: storyPath(story.slug),
    type: "book",
    author: story.author,
    feed: story.draft
      ? undefined
      : { path: storyFeedPath(story.slug), title: `New chapters of ${story.title}` },
    hidden: story.draft,
  });
  return [...page, ...storyData(story, origin)];
};

export default function StoryRoute() {
  const data = useLoaderData<typeof loader>();
  // A page of its own for each story: a browser's translator replaces text nodes, and React would go on writing into the old ones.
  return <StoryPage key={data.story.id} {...data} />;
}
