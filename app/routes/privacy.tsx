import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { privacyFacts } from "~/pages/privacy/privacy-facts";
import { PrivacyPage } from "~/pages/privacy/privacy-page";
import { publicOrigin } from "~/platform/site-origin";
import { keptPage } from "~/ui/shell/kept-page";
import { pageMeta } from "~/ui/shell/page-meta";

export function loader({ context }: LoaderFunctionArgs) {
  const { env, window, settings, redisViews } = context.runtime;
  const retention = settings.current().retention;
  return {
    facts: privacyFacts({ env, window, retention, hasRedis: redisViews !== null }),
    origin: publicOrigin(env),
  };
}

export const headers = keptPage;

export const meta: MetaFunction<typeof loader> = ({ data }) =>
  data
    ? pageMeta({
        title: "Privacy · Tidemark",
        description: "What this site keeps about its readers, for how long, and who sees it.",
        origin: data.origin,
        path: "/privacy",
      })
    : [];

export default function PrivacyRoute() {
  return <PrivacyPage {...useLoaderData<typeof loader>().facts} />;
}
