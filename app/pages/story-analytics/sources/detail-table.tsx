import { formatNumber, formatPercent } from "~/shared/format";
import { EXCLUSION_LABELS } from "~/shared/labels";
import { lookUp } from "~/shared/look-up";
import { DataTable } from "~/ui/tables/data-table";
import type { Detail, Dimension } from "./read-story-details";

interface DetailTableProps {
  dimension: Dimension;
  rows: Detail[];
}

const HEADS: Record<Dimension, { name: string; count: string; empty: string }> = {
  referrer: { name: "Referring site", count: "Views", empty: "No referrers recorded." },
  device: { name: "Device", count: "Views", empty: "No devices recorded." },
  excluded: { name: "Reason", count: "Visits", empty: "Every visit was counted." },
};

/** Labels of stored values. A referring site is labelled with its own name. */
const VALUE_LABELS: Record<Dimension, Record<string, string>> = {
  referrer: { direct: "Direct (no referrer)", other: "Other sites" },
  device: { desktop: "Desktop", mobile: "Phone", tablet: "Tablet", other: "Other" },
  excluded: EXCLUSION_LABELS,
};

const MAX_ROWS = 10;

/** Views or visits by one dimension: the ten largest values with their share of the total. */
export function DetailTable({ dimension, rows }: DetailTableProps) {
  const { name, count, empty } = HEADS[dimension];
  const total = sumOf(rows);
  const rest = rows.slice(MAX_ROWS);
  const shown = rows.slice(0, MAX_ROWS).map((row) => ({
    ...row,
    label: lookUp(VALUE_LABELS[dimension], row.value) ?? row.value,
  }));
  if (rest.length) shown.push({ value: "…", views: sumOf(rest), label: `${formatNumber(rest.length)} more` });
  return (
    <DataTable
      caption={`${name}, ${count.toLowerCase()}`}
      rows={shown}
      keyOf={(row) => row.value}
      empty={empty}
      columns={[
        { head: name, names: true, cell: (row) => <span className="break-words">{row.label}</span> },
        { head: count, numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Share", numeric: true, cell: (row) => formatPercent(row.views / total) },
      ]}
    />
  );
}

const sumOf = (rows: Detail[]) => rows.reduce((sum, { views }) => sum + views, 0);
