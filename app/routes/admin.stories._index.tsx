import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { loadStoriesPage } from "~/pages/stories/load-stories-page";
import { StoriesPage } from "~/pages/stories/stories-page";

export const meta: MetaFunction = () => [
  { title: "Stories · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadStoriesPage(args);

export default StoriesPage;
