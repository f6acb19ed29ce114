import type { ReactNode } from "react";

export interface Column<Row> {
  head: ReactNode;
  cell(row: Row): ReactNode;
  /** Numbers, aligned to the right. */
  numeric?: boolean;
  /** A small drawing, in the middle of its row and aligned to the right. */
  graphic?: boolean;
  /** Left out on narrow screens. */
  wideOnly?: boolean;
  /** The cell names its row. */
  names?: boolean;
  /** The rows are in the order of this column. */
  sorted?: "ascending" | "descending";
}

interface DataTableProps<Row> {
  /** The table's name, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf(row: Row): string | number;
  /** Shown instead of an empty table: why it is empty, and what fills it. */
  empty: ReactNode;
  /** For long tables: they scroll on their own. */
  scroll?: boolean;
}

/** A plain table: hairlines, figures in columns, and its own scrolling where it is wider or longer than the page. */
export function DataTable<Row>({ caption, columns, rows, keyOf, empty, scroll }: DataTableProps<Row>) {
  if (!rows.length) return <p className="text-sm text-ink-muted">{empty}</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <section> of every table would crowd the list of landmarks
    <div
      role="group"
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable with the keyboard
      tabIndex={0}
      className={`min-w-0 overflow-x-auto ${scroll ? "max-h-80 overflow-y-auto" : ""}`}
    >
      <table className="figures w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className={scroll ? "sticky top-0 bg-paper" : undefined}>
          <tr className="border-b border-edge text-xs text-ink-muted">
            {columns.map((column, position) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                key={position}
                scope="col"
                aria-sort={column.sorted}
                className={`py-1.5 pl-4 align-bottom font-medium first:pl-0 ${side(column)}`}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0">
              {columns.map((column, position) => {
                const Cell = column.names ? "th" : "td";
                return (
                  <Cell
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                    key={position}
                    scope={column.names ? "row" : undefined}
                    className={`py-1.5 pl-4 font-normal first:pl-0 ${column.graphic ? "align-middle" : "align-baseline"} ${column.numeric ? "whitespace-nowrap" : ""} ${side(column)}`}
                  >
                    {column.cell(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const side = <Row,>(column: Column<Row>) =>
  `${column.numeric || column.graphic ? "text-right" : "text-left"} ${column.wideOnly ? "max-sm:hidden" : ""}`;
