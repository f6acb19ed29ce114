import { ModeBadge } from "~/ui/mode-badge";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";

interface ModeChangeTableProps {
  changes: PanelData<"modes">["moves"];
  now: string;
}

/** When and why processes moved to another store. */
export function ModeChangeTable({ changes, now }: ModeChangeTableProps) {
  return (
    <DataTable
      caption="When counting moved, and why"
      rows={changes}
      keyOf={(row) => `${row.at} ${row.process} ${row.from} ${row.to}`}
      scroll
      empty="No moves in this range."
      columns={[
        {
          head: "When",
          names: true,
          cell: (row) => <UtcTime at={new Date(row.at).toISOString()} now={now} seconds />,
        },
        { head: "To", cell: (row) => <ModeBadge mode={row.to} /> },
        { head: "Why", cell: (row) => row.reason },
        {
          head: "Process",
          wideOnly: true,
          cell: (row) => <span className="text-ink-muted">{row.process}</span>,
        },
      ]}
    />
  );
}
