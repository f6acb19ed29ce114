import { useFetcher } from "@remix-run/react";
import { PanelView } from "~/ui/panel-view";
import type { loadFallbacks } from "../load-fallbacks";
import { FallbackTable } from "./fallback-table";

/** The latest single views that were counted in the database, read when they are asked for. */
export function FallbackRows({ now }: { now: string }) {
  const rows = useFetcher<typeof loadFallbacks>();
  return (
    <details
      className="needs-script text-sm"
      onToggle={(event) => {
        if (event.currentTarget.open) rows.load("/admin/fallbacks.json");
      }}
    >
      <summary className="link w-fit text-xs">Latest views counted in the database</summary>
      <div className="mt-2">
        {rows.data ? (
          <PanelView panel={rows.data.views}>
            {(views) => <FallbackTable views={views} now={now} />}
          </PanelView>
        ) : (
          <p className="text-xs text-ink-muted">Reading…</p>
        )}
      </div>
    </details>
  );
}
