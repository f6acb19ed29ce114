import { formatNumber, formatPercent } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";
import { DataTable } from "~/ui/tables/data-table";
import type { Detail, Dimension } from "./read-story-details";
import { sumViews } from "./sum-views";

type Shown = Exclude<Dimension, "referrer">;

interface DetailTableProps {
  dimension: Shown;
  rows: Detail[];
}

const HEADS: Record<Shown, { name: string; count: string; empty: string }> = {
  device: { name: "Device", count: "Views", empty: "No devices recorded." },
  excluded: { name: "Reason", count: "Visits", empty: "Every visit was counted." },
};

/** Labels of stored values. */
const VALUE_LABELS: Record<Shown, Record<string, string>> = {
  device: { desktop: "Desktop", mobile: "Phone", tablet: "Tablet", other: "Other" },
  excluded: EXCLUSION_LABELS,
};

/** Views or visits by one dimension, with the share of each value in the total. */
export function DetailTable({ dimension, rows }: DetailTableProps) {
  const { name, count, empty } = HEADS[dimension];
  const total = sumViews(rows);
  const label = (row: Detail) => lookUp(VALUE_LABELS[dimension], row.value) ?? row.value;
  return (
    <DataTable
      caption={`${name}, ${count.toLowerCase()}`}
      rows={rows}
      keyOf={(row) => row.value}
      empty={empty}
      columns={[
        { head: name, names: true, cell: (row) => <span className="break-words">{label(row)}</span> },
        { head: count, numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Share", numeric: true, cell: (row) => formatPercent(row.views / total) },
      ]}
    />
  );
}
