import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import type { Action } from "~/console/action";
import { dispatchAction } from "~/console/dispatch-action";
import { DRILL_ACTIONS } from "~/pages/drill/actions";
import { changeReaders } from "~/pages/overview/demo/change-readers";
import { dismissFirstSteps } from "~/pages/overview/first-steps/dismiss";
import { loadOverviewPage } from "~/pages/overview/load-overview-page";
import { OverviewPage } from "~/pages/overview/overview-page";
import { runSyncNow } from "~/pages/sync/actions/run-sync";
import { keepForm } from "~/ui/forms/keep-form";

export const loader = (args: LoaderFunctionArgs) => loadOverviewPage(args);

/** Actions of the sync and drill pages themselves, so that there is one way to do each and one audit row for it; and this page's own. */
export const action = (args: ActionFunctionArgs) =>
  dispatchAction(args, "admin.view", {
    run: runSyncNow,
    "demo-readers": changeReaders,
    "start-drill": DRILL_ACTIONS["start-drill"] as Action,
    "dismiss-first-steps": dismissFirstSteps,
  });

export const clientAction = keepForm;

export default OverviewPage;
