import { type ReactNode, Suspense, useEffect, useState } from "react";

interface ChartBoxProps {
  /** For screen readers; the numbers are in the table below the chart. */
  label: string;
  height: number;
  children: ReactNode;
}

/**
 * A box of fixed height for a chart. Recharts measures its container, so it can draw only in the browser; until then the
 * box keeps the space. Without JavaScript, the table below it has the numbers.
 */
export function ChartBox({ label, height, children }: ChartBoxProps) {
  const [mounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []);
  return (
    <div role="img" aria-label={label} style={{ height }} className="relative min-w-0 text-xs">
      <noscript>
        <p className="text-ink-muted">This chart needs JavaScript. Its numbers are in the table below.</p>
      </noscript>
      {mounted && <Suspense fallback={null}>{children}</Suspense>}
    </div>
  );
}
