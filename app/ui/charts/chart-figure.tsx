import type { ReactNode } from "react";
import { ChartBox } from "./chart-box";

interface ChartFigureProps {
  /** A sentence that says what the chart shows. */
  title: string;
  legend: ReactNode;
  height?: number;
  /** The drawing; shown once the page runs. */
  children: ReactNode;
  /** The same numbers as a table. */
  table: ReactNode;
  /** Where the rows behind it can be had. */
  raw?: { href: string; label: string };
  /** The drawn numbers as a file. */
  csv?: string;
  note?: ReactNode;
}

/** A chart with everything that belongs to one: a title that is a sentence, a legend, a table and a way to the rows. */
export function ChartFigure({
  title,
  legend,
  height = 240,
  children,
  table,
  raw,
  csv,
  note,
}: ChartFigureProps) {
  return (
    <figure className="flex min-w-0 flex-col gap-3">
      <figcaption className="flex flex-col gap-1">
        <h2 className="text-base font-semibold">{title}</h2>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-muted">{legend}</div>
      </figcaption>
      <ChartBox label={`Chart. ${title}.`} height={height}>
        {children}
      </ChartBox>
      {note && <p className="figures text-xs text-ink-muted">{note}</p>}
      <details className="group text-xs">
        <summary className="flex w-fit list-none flex-wrap items-baseline gap-x-4 text-ink-muted [&::-webkit-details-marker]:hidden">
          <span className="link group-open:hidden">Show as table</span>
          <span className="link hidden group-open:inline">Hide the table</span>
        </summary>
        <div className="mt-2">{table}</div>
      </details>
      {(csv || raw) && (
        <p className="-mt-2 flex flex-wrap gap-x-4 text-xs">
          {csv && (
            <a href={csv} className="link" download>
              This chart (CSV)
            </a>
          )}
          {raw && (
            <a href={raw.href} className="link" download>
              {raw.label}
            </a>
          )}
        </p>
      )}
    </figure>
  );
}

/** One entry of a legend: its mark, its name and its number. */
export function LegendItem({ mark, children }: { mark: ReactNode; children: ReactNode }) {
  return (
    <span className="figures inline-flex items-center gap-1.5">
      {mark}
      <span>{children}</span>
    </span>
  );
}
