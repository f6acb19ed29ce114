import type { ReactNode } from "react";

type Loaded<T> = { ok: true; data: T } | { ok: false; why: string };

/** A panel's content, or one line that says why there is none; the rest of the page stands. */
export function PanelView<T>({ panel, children }: { panel: Loaded<T>; children(data: T): ReactNode }) {
  if (panel.ok) return children(panel.data);
  return (
    <p role="status" className="border-l-2 border-edge py-1 pl-3 text-sm">
      {panel.why}
    </p>
  );
}
