import { formatNumber, formatPercent } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { DataTable } from "~/ui/tables/data-table";

type Dimension = "referrer" | "device" | "excluded";

interface DetailTableProps {
  dimension: Dimension;
  rows: { value: string; views: number }[];
}

const HEADS: Record<Dimension, { name: string; count: string; empty: string }> = {
  referrer: { name: "Referring site", count: "Views", empty: "Nothing is known of where readers came from." },
  device: { name: "Device", count: "Views", empty: "Nothing is known of what they read on." },
  excluded: { name: "Why", count: "Visits", empty: "Every visit was counted." },
};

/** What the counters call it, in words. */
const WORDS: Record<Dimension, Record<string, string>> = {
  referrer: { direct: "Direct: no referring page", other: "Other sites" },
  device: { desktop: "Desktop", mobile: "Phone", tablet: "Tablet", other: "Other" },
  excluded: EXCLUSION_LABELS,
};

const MOST_ROWS = 10;

/** One side counter: the largest values with their share of all. */
export function DetailTable({ dimension, rows }: DetailTableProps) {
  const { name, count, empty } = HEADS[dimension];
  const all = rows.reduce((sum, row) => sum + row.views, 0);
  const rest = rows.slice(MOST_ROWS).reduce((sum, row) => sum + row.views, 0);
  const shown = [
    ...rows.slice(0, MOST_ROWS).map((row) => ({ ...row, label: WORDS[dimension][row.value] ?? row.value })),
    ...(rest > 0
      ? [{ value: "…", views: rest, label: `${formatNumber(rows.length - MOST_ROWS)} more` }]
      : []),
  ];
  return (
    <DataTable
      caption={`${name}, ${count.toLowerCase()}`}
      rows={shown}
      keyOf={(row) => row.value}
      empty={empty}
      columns={[
        { head: name, names: true, cell: (row) => <span className="break-words">{row.label}</span> },
        { head: count, numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Share", numeric: true, cell: (row) => formatPercent(row.views / all) },
      ]}
    />
  );
}
