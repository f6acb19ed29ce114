import type { ReactNode } from "react";
import type { Panel } from "~/shared/panel";
import { PanelBoundary } from "./panel-boundary";

interface PanelViewProps<T> {
  panel: Panel<T>;
  children(data: T): ReactNode;
}

/** The content of a panel, or one line on why it could not be loaded or shown. The rest of the page is not affected. */
export function PanelView<T>(props: PanelViewProps<T>) {
  return (
    <PanelBoundary>
      <PanelContent {...props} />
    </PanelBoundary>
  );
}

function PanelContent<T>({ panel, children }: PanelViewProps<T>) {
  if (panel.ok) return children(panel.data);
  return (
    <p role="status" className="border-l-2 border-edge py-1 pl-3 text-sm">
      {panel.why}
    </p>
  );
}
