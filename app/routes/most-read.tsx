import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { MostReadPage } from "~/pages/reading/most-read-page";
import { readMostRead } from "~/pages/reading/read-most-read";
import { publicOrigin } from "~/platform/site-origin";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";

export async function loader({ context }: LoaderFunctionArgs) {
  const { runtime } = context;
  return { lists: await readMostRead(runtime), origin: publicOrigin(runtime.env) };
}

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: "Most read · Tidemark",
        description: "The most read serials of the last 24 hours, the last 7 days and of all time.",
        origin: data.origin,
        path: "/most-read",
      })
    : [];

export default function MostReadRoute() {
  return <MostReadPage {...useLoaderData<typeof loader>()} />;
}
