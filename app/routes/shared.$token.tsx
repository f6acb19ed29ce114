import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { loadSharedPage } from "~/pages/story-analytics/share/load-shared-page";
import { SharedPage } from "~/pages/story-analytics/share/shared-page";
import { consolePage } from "~/ui/shell/page-style";
import "../console.css";

export const handle = consolePage;

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.title}: views · Tidemark` : "Link not found · Tidemark" },
  { name: "robots", content: "noindex, nofollow" },
];

/** One story's views over time, for people with a share link. */
export const loader = (args: LoaderFunctionArgs) => loadSharedPage(args);

export default SharedPage;
