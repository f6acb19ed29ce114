import type { LoaderFunctionArgs } from "@remix-run/node";
import { feedResponse } from "~/pages/feeds/feed-response";
import { feedXml } from "~/pages/feeds/feed-xml";
import { readFeed } from "~/pages/feeds/read-feed";
import { siteOrigin } from "~/platform/site-origin";
import { SITE_FEED } from "~/shared/story-paths";

/** The newest chapters of all stories. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { db, env } = context.runtime;
  const entries = await readFeed(db);
  const xml = feedXml(siteOrigin(env, request), {
    title: "Tidemark: new chapters",
    subtitle: "Serial fiction, one chapter at a time.",
    path: "/",
    feedPath: SITE_FEED,
    name: "chapters",
    changedAt: new Date(0),
    entries,
  });
  return feedResponse(request, xml);
}
