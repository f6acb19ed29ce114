import type { LoaderFunctionArgs } from "@remix-run/node";
import { feedResponse } from "~/pages/feeds/feed-response";
import { feedXml } from "~/pages/feeds/feed-xml";
import { findFeedStory, readFeed } from "~/pages/feeds/read-feed";
import { findMoved, movedTo } from "~/pages/reading/find-moved";
import { notFound } from "~/platform/not-found";
import { siteOrigin } from "~/platform/site-origin";
import { composeSlug, storyFeedPath, storyPath } from "~/shared/story-paths";

/** The newest chapters of one story. Drafts have no feed, not even for their authors. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { runtime } = context;
  const slug = composeSlug(params.slug ?? "");
  const story = await findFeedStory(runtime.db, slug);
  if (!story) {
    const moved = await findMoved(runtime, null, slug);
    throw moved ? movedTo(request, `${moved}/feed.atom`) : notFound("There is no such story.");
  }
  const xml = feedXml(siteOrigin(runtime.env, request), {
    title: `${story.title} · Tidemark`,
    subtitle: story.blurb,
    path: storyPath(slug),
    feedPath: storyFeedPath(slug),
    name: `story-${story.id}`,
    changedAt: story.publishedAt ?? story.createdAt,
    entries: await readFeed(runtime.db, story.id),
  });
  return feedResponse(request, xml);
}
