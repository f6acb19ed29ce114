import { type ReactNode, useId } from "react";
import { PanelBoundary } from "./panel-boundary";
import { FoldArrow, FoldButton, usePhoneFold } from "./phone-fold";

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
  /** On phones, only the title is shown until it is tapped. */
  folds?: boolean;
}

/** A section of a page: its title, its content, and links to the data behind it. Content that cannot be rendered costs the section only. */
export function Section({ title, children, aside, raw, rawMore, json, folds = false }: SectionProps) {
  const fold = usePhoneFold(!folds);
  const id = useId();
  return (
    <section className={`flex min-w-0 flex-col gap-3 ${folds ? "max-sm:border-b max-sm:border-line" : ""}`}>
      <div className="relative flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 className="flex items-center gap-2 text-base font-semibold">
          {folds && <FoldArrow open={fold.open} />}
          {title}
        </h2>
        {folds && <FoldButton name={title} open={fold.open} controls={id} onToggle={fold.toggle} />}
        {aside}
      </div>
      <div id={id} className={`flex min-w-0 flex-col gap-3 ${fold.hidden}`}>
        <PanelBoundary>{children}</PanelBoundary>
        {json && (
          <p className="text-xs">
            <a href={json} className="link">
              As JSON
            </a>
          </p>
        )}
        {raw && (
          <p className="flex flex-wrap gap-x-4 text-xs">
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
      </div>
    </section>
  );
}
