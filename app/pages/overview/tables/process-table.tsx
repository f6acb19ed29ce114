import { ModeBadge } from "~/ui/mode-badge";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";

interface ProcessTableProps {
  processes: PanelData<"current">["processes"];
  now: string;
}

/** The latest report of each process. */
export function ProcessTable({ processes, now }: ProcessTableProps) {
  return (
    <DataTable
      caption="Where each process counts"
      rows={processes}
      keyOf={(row) => row.process}
      empty="No process has reported in the last ten minutes. A process first reports within 20 seconds of its start."
      columns={[
        {
          head: "Process",
          names: true,
          cell: (row) => row.process,
        },
        {
          head: "Counts in",
          cell: (row) =>
            row.role === "worker" ? (
              <span className="text-ink-muted">syncs</span>
            ) : (
              <ModeBadge mode={row.mode} />
            ),
        },
        {
          head: "Since",
          wideOnly: true,
          cell: (row) =>
            row.since ? (
              <UtcTime at={row.since} now={now} />
            ) : (
              <span className="text-ink-muted">its start</span>
            ),
        },
        {
          head: "Last report",
          cell: (row) => (
            <>
              {row.silent && <span className="block">silent since</span>}
              <UtcTime at={row.reportedAt} now={now} seconds />
            </>
          ),
        },
      ]}
    />
  );
}
