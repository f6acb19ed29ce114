import { useActionData, useFetcher } from "@remix-run/react";
import type { ActionResult } from "~/shared/action-result";

/** The button and what came of it. The fetcher keeps the answer over the page's own refreshing. */
export function RunSyncNow() {
  const fetcher = useFetcher<ActionResult>();
  const withoutScript = useActionData<ActionResult>();
  const answer = fetcher.data ?? withoutScript;
  const busy = fetcher.state !== "idle";
  return (
    <fetcher.Form
      method="post"
      action="/admin?index"
      className="flex flex-wrap items-center justify-end gap-3"
    >
      <output className={`text-sm ${answer && !answer.ok ? "text-ink" : "text-ink-muted"}`}>
        {busy ? "Asking the worker…" : answer?.text}
      </output>
      <button type="submit" className="button button-quiet" disabled={busy}>
        Run sync now
      </button>
    </fetcher.Form>
  );
}
