import type { ReactNode } from "react";
import type { Panel } from "~/shared/panel";

/** The content of a panel, or one line on why it could not be loaded. The rest of the page is not affected. */
export function PanelView<T>({ panel, children }: { panel: Panel<T>; children(data: T): ReactNode }) {
  if (panel.ok) return children(panel.data);
  return (
    <p role="status" className="border-l-2 border-edge py-1 pl-3 text-sm">
      {panel.why}
    </p>
  );
}
