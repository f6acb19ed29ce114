import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { dispatchAction } from "~/console/dispatch-action";
import { changeReaders } from "~/pages/overview/demo/change-readers";
import { loadOverviewPage } from "~/pages/overview/load-overview-page";
import { OverviewPage } from "~/pages/overview/overview-page";
import { runSyncNow } from "~/pages/sync/actions/run-sync";
import { keepForm } from "~/ui/forms/keep-form";

export const loader = (args: LoaderFunctionArgs) => loadOverviewPage(args);

/** The sync page's own action, so that there is one way to request a sync and one audit row for it; and the demo's. */
export const action = (args: ActionFunctionArgs) =>
  dispatchAction(args, "admin.view", { run: runSyncNow, "demo-readers": changeReaders });

export const clientAction = keepForm;

export default OverviewPage;
