import type { LoaderFunctionArgs } from "@remix-run/node";
import { readerBlock } from "~/platform/address-block";
import { notFound } from "~/platform/not-found";
import { readZone } from "../editor-zone";
import { readOverTime } from "../over-time/read-over-time";
import { storySources } from "../require-editor";
import { openShareLink } from "./share-links";

/** The views over time of the story that a share link is for. @throws a 404 for a link that does not work, a 429 above the limit. */
export async function loadSharedPage({ context, request, params }: LoaderFunctionArgs) {
  const { runtime, address } = context;
  if (!runtime.sharedPageLimit.allows(readerBlock(address)))
    throw new Response("Too many requests. Please try again in a minute.", {
      status: 429,
      statusText: "Too Many Requests",
      headers: { "Retry-After": "60" },
    });
  const now = new Date();
  const story = await openShareLink(runtime.db, params.token ?? "", now);
  if (!story)
    throw notFound("This link has expired, or it was revoked. Ask the person who sent it for another.");
  const search = new URL(request.url).searchParams;
  const numbers = await readOverTime(storySources(runtime), story, search, readZone(request), now);
  return { title: story.title, numbers };
}
