import { type ReactNode, type RefObject, useEffect, useRef } from "react";

interface FigureMenuProps {
  /** The chart's name. */
  name: string;
  /** The figure's id in the document. */
  id: string;
  /** Address of the drawn numbers as a file. */
  csv?: string;
  /** File under /admin/raw with the rows behind them. */
  raw?: string;
  /** The box that is ticked while the table is shown; a person may tick it before the page has hydrated. */
  tableBox: RefObject<HTMLInputElement>;
  /** Whether the table is shown from the start. */
  hasTable: boolean;
  onTable(shown: boolean): void;
}

const ITEM = "flex min-h-8 items-center gap-2 rounded-sm px-2 hover:bg-sunken";

/** Everything that a chart offers besides itself, behind three dots: its numbers as a table and as files, and a link to it. */
export function FigureMenu({ name, id, csv, raw, tableBox, hasTable, onTable }: FigureMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  useClosing(menu);
  return (
    <details ref={menu} className="no-print group relative -my-1 shrink-0 text-sm">
      <summary
        aria-label={`More about ${name}`}
        title="Table, files and link"
        className="flex size-8 list-none items-center justify-center rounded-md text-ink-muted group-open:bg-sunken hover:bg-sunken hover:text-ink [&::-webkit-details-marker]:hidden"
      >
        <svg viewBox="0 0 16 16" width="16" height="16" fill="currentColor" aria-hidden="true">
          <path d="M3 6.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3m5 0a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3m5 0a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3" />
        </svg>
      </summary>
      <ul className="absolute top-9 right-0 z-20 min-w-56 rounded-md border border-edge bg-surface p-1 whitespace-nowrap text-ink">
        <li className="needs-script">
          <label className={`${ITEM} cursor-pointer`}>
            <input
              ref={tableBox}
              type="checkbox"
              defaultChecked={hasTable}
              onChange={(event) => onTable(event.currentTarget.checked)}
              className="size-4 accent-[var(--accent)]"
            />
            Show as table
          </label>
        </li>
        {csv && (
          <Item>
            <a href={csv} className={ITEM} download>
              This chart (CSV)
            </a>
          </Item>
        )}
        {raw && (
          <Item>
            <a href={`/admin/raw/${raw}`} className={ITEM} download>
              All rows ({raw})
            </a>
          </Item>
        )}
        <Item>
          <a href={`#${id}`} className={ITEM}>
            Link to this chart
          </a>
        </Item>
      </ul>
    </details>
  );
}

const Item = ({ children }: { children: ReactNode }) => <li>{children}</li>;

/** Closes an open menu at Escape, and when the person turns to something else. */
function useClosing(menu: RefObject<HTMLDetailsElement>) {
  useEffect(() => {
    const close = () => {
      if (menu.current) menu.current.open = false;
    };
    const onOutside = (event: Event) => {
      if (menu.current?.open && !menu.current.contains(event.target as Node)) close();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !menu.current?.open) return;
      close();
      menu.current.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
      document.removeEventListener("keydown", onKey);
    };
  }, [menu]);
}
