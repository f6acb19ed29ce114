import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { loadStoryAccount } from "~/pages/stories/load-story-account";
import { StoryAccountPage } from "~/pages/stories/story-account-page";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.story.title ?? "Story"} · Stories · Tidemark` },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadStoryAccount(args);

export default StoryAccountPage;
