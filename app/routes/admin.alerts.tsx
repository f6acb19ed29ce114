import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { ALERT_ACTIONS } from "~/pages/alerts/actions";
import { AlertsPage } from "~/pages/alerts/alerts-page";
import { loadAlertsPage } from "~/pages/alerts/load-alerts-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Alerts · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadAlertsPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", ALERT_ACTIONS);

export const clientAction = keepForm;

export default AlertsPage;
