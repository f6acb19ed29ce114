import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { INBOX_ACTIONS } from "~/pages/inbox/actions";
import { InboxPage } from "~/pages/inbox/inbox-page";
import { loadInboxPage } from "~/pages/inbox/load-inbox-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Inbox · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadInboxPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "alerts.view", INBOX_ACTIONS);

export const clientAction = keepForm;

export default InboxPage;
