import { Component, createContext, type ReactNode, Suspense, useContext } from "react";

/**
 * Whether the server renders this page part by part, because a part of it failed when it was rendered as a whole. The browser, which
 * must render the same, reads it from the document (`data-guarded`).
 */
export const GuardedPanels = createContext(false);

/**
 * Around a part of a page: if it cannot be rendered, one line appears in its place, and the rest of the page is not affected. React
 * knows error boundaries in the browser only. On the server, a part that fails fails the page, which is then rendered again with a
 * `Suspense` around every part (entry.server.tsx): React puts the fallback there, and the browser tries the part again.
 */
export function PanelBoundary({ children }: { children: ReactNode }) {
  const guarded = useContext(GuardedPanels);
  return (
    <Boundary>{guarded ? <Suspense fallback={<PanelFailure />}>{children}</Suspense> : children}</Boundary>
  );
}

const PanelFailure = () => (
  <p role="status" className="border-l-2 border-edge py-1 pl-3 text-sm">
    This part of the page could not be shown. The other parts are not affected.
  </p>
);

interface BoundaryState {
  failed: boolean;
  /** What failed: new content, after a refresh, is tried again. */
  content: ReactNode;
}

/** A class, as React has no other error boundaries. */
class Boundary extends Component<{ children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { failed: false, content: null };

  static getDerivedStateFromError = (): Partial<BoundaryState> => ({ failed: true });

  static getDerivedStateFromProps = (
    { children }: { children: ReactNode },
    { content }: BoundaryState,
  ): Partial<BoundaryState> | null => (children === content ? null : { failed: false, content: children });

  override render() {
    return this.state.failed ? <PanelFailure /> : this.props.children;
  }
}
