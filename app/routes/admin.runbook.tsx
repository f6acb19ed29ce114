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

/** docs/troubleshooting.md, as it was when the site was built: it is read when other things do not work. */
export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  return { blocks: parseRunbook(troubleshooting) };
}

export default function Runbook() {
  const { blocks } = useLoaderData<typeof loader>();
  const { hash } = useLocation();
  // A link from another page brings its section into view once that is drawn.
  useEffect(() => {
    if (hash) document.getElementById(decodeURIComponent(hash.slice(1)))?.scrollIntoView();
  }, [hash]);
  return (
    <main className="mx-auto max-w-console px-5 pt-8 pb-20 sm:px-8">
      <RunbookView blocks={blocks} />
    </main>
  );
}
