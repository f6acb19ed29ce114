import { type ReactNode, useEffect, useRef, useState } from "react";

interface FigureFrameProps {
  /** A sentence about what the chart shows. */
  title: string;
  legend: ReactNode;
  children: ReactNode;
  /** The same numbers, for everyone who does not read them off the chart. */
  table: ReactNode;
  /** Address of the drawn numbers as a file. */
  csv?: string;
  /** File under /admin/raw with the rows behind them. */
  raw?: string;
  note?: ReactNode;
}

/** Everything around a chart: a title, a legend, the same numbers as a table, and links to the data. */
export function FigureFrame({ title, legend, children, table, csv, raw, note }: FigureFrameProps) {
  return (
    <figure className="flex min-w-0 flex-col gap-3">
      <figcaption className="flex flex-col gap-1">
        <h2 className="text-base font-semibold">{title}</h2>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-muted">{legend}</div>
      </figcaption>
      {children}
      {note && <p className="figures text-xs text-ink-muted">{note}</p>}
      <TableDisclosure>{table}</TableDisclosure>
      {(csv || raw) && (
        <p className="-mt-2 flex flex-wrap gap-x-4 text-xs">
          {csv && (
            <a href={csv} className="link" download>
              This chart (CSV)
            </a>
          )}
          {raw && (
            <a href={`/admin/raw/${raw}`} className="link" download>
              All rows ({raw})
            </a>
          )}
        </p>
      )}
    </figure>
  );
}

/**
 * The table of a chart, closed at first. It is in the document only while it is open, or without JavaScript: all rows of a
 * console page's tables would be most of its elements, and each refresh would update them unseen.
 */
function TableDisclosure({ children }: { children: ReactNode }) {
  const details = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  // It may have been opened before the page hydrated.
  useEffect(() => setOpen(details.current?.open ?? false), []);
  return (
    <details
      ref={details}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      className="group text-xs"
    >
      <summary className="flex w-fit list-none flex-wrap items-baseline gap-x-4 text-ink-muted [&::-webkit-details-marker]:hidden">
        <span className="link group-open:hidden">Show as table</span>
        <span className="link hidden group-open:inline">Hide the table</span>
      </summary>
      <div className="mt-2">{open ? children : <noscript>{children}</noscript>}</div>
    </details>
  );
}

/** An entry of a legend. */
export function LegendItem({ swatch, children }: { swatch: ReactNode; children: ReactNode }) {
  return (
    <span className="figures inline-flex items-center gap-1.5">
      {swatch}
      <span>{children}</span>
    </span>
  );
}
