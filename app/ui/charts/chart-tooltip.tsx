import type { ReactNode } from "react";

interface ChartTooltipProps {
  title: string;
  rows: { key: string; swatch: ReactNode; label: string; value: string }[];
  /** Sentences below the rows; empty ones are left out. */
  notes: string[];
}

/** The values of the bucket under the pointer. */
export function ChartTooltip({ title, rows, notes }: ChartTooltipProps) {
  const note = notes.filter(Boolean).join(" ");
  return (
    <div className="figures max-w-72 rounded-sm border border-line bg-surface px-3 py-2 text-xs text-ink">
      <p className="mb-1 text-ink-muted">{title}</p>
      {rows.map((row) => (
        <p key={row.key} className="flex items-center gap-2">
          {row.swatch}
          <span>{row.label}</span>
          <span className="ml-auto pl-4 font-medium">{row.value}</span>
        </p>
      ))}
      {note && <p className="mt-1 text-ink-muted">{note}</p>}
    </div>
  );
}
