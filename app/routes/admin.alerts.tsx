import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { requirePermission } from "~/auth/permissions";
import { dispatchAction } from "~/console/dispatch-action";
import { ALERT_ACTIONS } from "~/pages/alerts/actions";
import { AlertsPage } from "~/pages/alerts/alerts-page";
import { loadAlertsPage } from "~/pages/alerts/load-alerts-page";
import { useRefresh } from "~/ui/use-refresh";

const REFRESH_MS = 5000;

export const meta: MetaFunction = () => [
  { title: "Alerts · Tidemark" },
  { name: "robots", content: "noindex" },
];

export async function loader({ context, request }: LoaderFunctionArgs) {
  await requirePermission(context, request, "alerts.view");
  const { db, log } = context.runtime;
  return loadAlertsPage(db, new Date(), (what, error) =>
    log.error({ err: error, what }, "a panel of the page Alerts failed"),
  );
}

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", ALERT_ACTIONS);

export default function Alerts() {
  const data = useLoaderData<typeof loader>();
  useRefresh(REFRESH_MS);
  return <AlertsPage data={data} />;
}
