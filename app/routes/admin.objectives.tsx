import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { OBJECTIVE_ACTIONS } from "~/pages/objectives/actions";
import { loadObjectivesPage } from "~/pages/objectives/load-objectives-page";
import { ObjectivesPage } from "~/pages/objectives/objectives-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Objectives · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadObjectivesPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "admin.view", OBJECTIVE_ACTIONS);

export const clientAction = keepForm;

export default ObjectivesPage;
