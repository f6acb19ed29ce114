import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { QUEUE_ACTIONS } from "~/pages/queues/actions";
import { loadQueuesPage } from "~/pages/queues/load-queues-page";
import { QueuesPage } from "~/pages/queues/queues-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Queues · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadQueuesPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "queues.view", QUEUE_ACTIONS);

export const clientAction = keepForm;

export default QueuesPage;
