import { ActionForm } from "~/ui/forms/action-form";
import { ActionProvider } from "~/ui/forms/action-provider";
import { ResultLine } from "~/ui/forms/result-line";

/** Requests a sync. */
export const RunSyncNow = () => (
  <ActionProvider>
    <ActionForm intent="run" button="Run sync now" reason="optional" quiet inline />
    <ResultLine of={{ intents: ["run"] }} />
  </ActionProvider>
);
