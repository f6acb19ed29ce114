import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { SYNC_ACTIONS } from "~/pages/sync/actions/sync-actions";
import { loadSyncPage } from "~/pages/sync/load-sync-page";
import { SyncPage } from "~/pages/sync/sync-page";
import { keepForm } from "~/ui/forms/keep-form";

export const meta: MetaFunction = () => [
  { title: "Sync · Tidemark" },
  { name: "robots", content: "noindex" },
];

export const loader = (args: LoaderFunctionArgs) => loadSyncPage(args);

export const action = (args: ActionFunctionArgs) => dispatchAction(args, "sync.view", SYNC_ACTIONS);

export const clientAction = keepForm;

export default SyncPage;
