import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { describeVisitor } from "~/ingest/visitor";
import { loadMePage } from "~/pages/me/load-me-page";
import { meAction } from "~/pages/me/me-action";
import { MePage } from "~/pages/me/me-page";

/** About one reader: without headers of its own, no cache keeps it (server/cache-headers.ts). */
export const loader = (args: LoaderFunctionArgs) => loadMePage(args, describeVisitor);

export const action = (args: ActionFunctionArgs) => meAction(args);

export const meta: MetaFunction = () => [
  { title: "What is counted of you · Tidemark" },
  { name: "robots", content: "noindex" },
];

export default function MeRoute() {
  return <MePage {...useLoaderData<typeof loader>()} />;
}
