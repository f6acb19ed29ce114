import { ModeBadge } from "~/ui/mode-badge";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { Move } from "../queries/mode-lanes";

type ModeChange = Omit<Move, "at" | "role"> & { at: string };

/** When and why processes moved to another store. */
export function ModeChangeTable({ changes, now }: { changes: ModeChange[]; now: string }) {
  return (
    <DataTable
      caption="When counting moved, and why"
      rows={changes}
      keyOf={(row) => `${row.at} ${row.process} ${row.from} ${row.to}`}
      scroll
      empty="No process has moved yet."
      columns={[
        { head: "When", names: true, cell: (row) => <UtcTime at={row.at} now={now} seconds /> },
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
