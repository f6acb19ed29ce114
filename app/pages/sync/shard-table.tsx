import { formatNumber } from "~/shared/format";
import { type Column, DataTable } from "~/ui/tables/data-table";

interface ShardRow {
  shard: number;
  targets: number;
  views: number;
  /** Known for a run, not for a dry run. */
  orphans?: number;
  /** Known for a dry run only. */
  hours?: number;
}

/** The views that each shard moved, or would move. */
export function ShardTable({ caption, rows }: { caption: string; rows: ShardRow[] }) {
  const known = (name: "orphans" | "hours") => rows.some((row) => row[name] !== undefined);
  const columns: (Column<ShardRow> | false)[] = [
    { head: "Shard", names: true, cell: (row) => `v${row.shard}` },
    known("hours") && { head: "Hours", numeric: true, cell: (row) => formatNumber(row.hours ?? 0) },
    { head: "Counters", numeric: true, cell: (row) => formatNumber(row.targets) },
    { head: "Views", numeric: true, cell: (row) => formatNumber(row.views) },
    known("orphans") && {
      head: "Orphans",
      numeric: true,
      cell: (row) => formatNumber(row.orphans ?? 0),
    },
  ];
  return (
    <DataTable
      caption={caption}
      rows={rows}
      keyOf={(row) => row.shard}
      empty="No shard holds any views."
      columns={columns.filter((column) => column !== false)}
    />
  );
}
