import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData, useLocation } from "@remix-run/react";
import { useEffect } from "react";
import { requirePermission } from "~/auth/permissions";
import { parseRunbook } from "~/pages/runbook/parse-runbook";
import { RunbookView } from "~/pages/runbook/runbook-view";
import { troubleshooting } from "~/pages/runbook/troubleshooting.server";

export const meta: MetaFunction = () => [
  { title: "Runbook · Tidemark" },
  { name: "robots", content: "noindex" },
];

/** docs/troubleshooting.md as of the build: it must be readable when other parts of the site fail. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  return { document: parseRunbook(troubleshooting) };
}

export default function Runbook() {
  const { document: runbook } = useLoaderData<typeof loader>();
  const { hash } = useLocation();
  // A link from another page may lead to a section: scroll to it once it is rendered.
  useEffect(() => {
    if (hash) document.getElementById(decodeURIComponent(hash.slice(1)))?.scrollIntoView();
  }, [hash]);
  return (
    <main className="mx-auto max-w-console px-5 pt-8 pb-20 sm:px-8">
      <RunbookView document={runbook} />
    </main>
  );
}
