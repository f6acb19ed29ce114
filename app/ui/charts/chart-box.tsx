import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";

interface ChartBoxProps {
  /** For screen readers; the numbers are in the table that the chart's menu shows. */
  label: string;
  height: number;
  children: ReactNode;
}

/** A chart this close to the screen, px, is kept up to date. */
const NEAR = "200px";

/**
 * A box of fixed height for a chart. Recharts measures its container, so it can draw only in the browser; until then the
 * box keeps the space. Without JavaScript, the table below it has the numbers. A chart that is off the screen keeps the drawing it
 * has: an open page is left alone for hours, and drawing is most of its work.
 */
export function ChartBox({ label, height, children }: ChartBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const [mounted, setMounted] = useState(false);
  const [near, setNear] = useState(true);
  const drawn = useRef(children);
  if (near) drawn.current = children;
  useEffect(() => {
    setMounted(true);
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? true), {
      rootMargin: NEAR,
    });
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} role="img" aria-label={label} style={{ height }} className="relative min-w-0 text-xs">
      <noscript>
        <p className="text-ink-muted">This chart needs JavaScript. Its numbers are in the table below.</p>
      </noscript>
      {mounted && <Suspense fallback={null}>{drawn.current}</Suspense>}
    </div>
  );
}
