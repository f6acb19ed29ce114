import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { OverviewPage } from "~/pages/overview/overview-page";
import { parseRange } from "~/pages/overview/parse-range";
import { readOverview } from "~/pages/overview/read-overview";
import { overviewSources } from "~/pages/overview/sources";
import { runSyncNow } from "~/pages/sync/actions/run-sync";

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "admin.view");
  const now = new Date();
  const selection = parseRange(new URL(request.url).searchParams, now.getTime());
  return { ...(await readOverview(overviewSources(context.runtime), selection, now)), selection };
}

/** The sync page's own action: one way to ask for a sync, one audit row. */
export const action = (args: ActionFunctionArgs) => dispatchAction(args, "admin.view", { run: runSyncNow });

export default function Overview() {
  return <OverviewPage overview={useLoaderData<typeof loader>()} />;
}
