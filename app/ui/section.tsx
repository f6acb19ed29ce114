import type { ReactNode } from "react";

interface SectionProps {
  title: string;
  children: ReactNode;
  /** Stands beside the title: what can be done here. */
  aside?: ReactNode;
  /** File under /admin/raw with the rows behind it. */
  raw?: string;
  rawMore?: string;
  /** Path of the same for programs. */
  json?: string;
}

/** A panel without a box: a title on a line, then its content. */
export function Section({ title, children, aside, raw, rawMore, json }: SectionProps) {
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="text-base font-semibold">{title}</h2>
        {aside}
      </div>
      {children}
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
