import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider, ResultLine } from "~/ui/forms/action-provider";

/** Requests a sync. The operator can change the default reason. */
export const RunSyncNow = () => (
  <ActionProvider>
    <ActionForm intent="run" button="Run sync now" reason="Run from the overview" quiet inline />
    <ResultLine of={{ intents: ["run"] }} />
  </ActionProvider>
);
