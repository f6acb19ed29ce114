import type { ReactNode } from "react";
import { PanelBoundary } from "./panel-boundary";

interface SectionProps {
  title: string;
  children: ReactNode;
  /** Beside the title: the actions of this section. */
  aside?: ReactNode;
  /** File under /admin/raw with the rows behind the section. */
  raw?: string;
  /** A second such file. */
  rawMore?: string;
  /** Address of the same data as JSON. */
  json?: string;
}

/** A section of a page: its title, its content, and links to the data behind it. Content that cannot be rendered costs the section only. */
export function Section({ title, children, aside, raw, rawMore, json }: SectionProps) {
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="text-base font-semibold">{title}</h2>
        {aside}
      </div>
      <PanelBoundary>{children}</PanelBoundary>
      {json && (
        <p className="text-xs">
          <a href={json} className="link">
            As JSON
          </a>
        </p>
      )}
      {raw && (
        <p className="flex gap-4 text-xs">
          {[raw, rawMore].map(
            (file) =>
              file && (
                <a key={file} href={`/admin/raw/${file}`} className="link" download>
                  All rows ({file})
                </a>
              ),
          )}
        </p>
      )}
    </section>
  );
}
