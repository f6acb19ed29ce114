import { type ReactNode, Suspense, useEffect, useState } from "react";

interface ChartBoxProps {
  /** What a person who does not see the chart is told; the numbers are in the table below it. */
  label: string;
  height: number;
  children: ReactNode;
}

/**
 * A box of fixed height that the drawing fills once the page runs: recharts measures its container and so draws nothing
 * on the server. The box keeps its place meanwhile, and the table below it has the numbers without JavaScript.
 */
export function ChartBox({ label, height, children }: ChartBoxProps) {
  const [mounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []);
  return (
    <div role="img" aria-label={label} style={{ height }} className="relative min-w-0 text-xs">
      <noscript>
        <p className="text-ink-muted">
          This chart is drawn with JavaScript. Its numbers are in the table below.
        </p>
      </noscript>
      {mounted && <Suspense fallback={null}>{children}</Suspense>}
    </div>
  );
}
