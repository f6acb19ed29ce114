import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { AlertPage } from "~/pages/alerts/alert/alert-page";
import { loadAlertPage } from "~/pages/alerts/alert/load-alert-page";
import { ONE_ALERT_ACTIONS } from "~/pages/alerts/alert-actions";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: data ? `${data.alert.title}: alert ${data.alert.id} · Tidemark` : "Alerts · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadAlertPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", ONE_ALERT_ACTIONS);

export const clientAction = keepForm;

export default AlertPage;
