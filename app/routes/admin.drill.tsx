import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { DRILL_ACTIONS } from "~/pages/drill/actions";
import { DrillPage } from "~/pages/drill/drill-page";
import { loadDrillPage } from "~/pages/drill/load-drill-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Drill · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadDrillPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", DRILL_ACTIONS);

export const clientAction = keepForm;

export default DrillPage;
