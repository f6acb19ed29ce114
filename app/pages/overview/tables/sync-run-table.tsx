import { formatDuration, formatNumber } from "~/shared/format";
import { RUN_DEAD_AFTER_MS } from "~/telemetry/sync-runs";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";

interface SyncRun {
  id: number;
  trigger: string;
  startedAt: string;
  endedAt: string | null;
  targets: number;
  views: number;
  orphans: number;
  error: string | null;
}

/** The latest runs of the sync, and what each moved into the totals. */
export function SyncRunTable({ runs, now }: { runs: SyncRun[]; now: string }) {
  return (
    <DataTable
      caption="The latest syncs"
      rows={runs}
      keyOf={(row) => row.id}
      empty="No sync has run yet. The worker runs one by itself; you can also ask for one."
      columns={[
        { head: "Started", names: true, cell: (row) => <UtcTime at={row.startedAt} now={now} seconds /> },
        { head: "By", wideOnly: true, cell: (row) => row.trigger },
        {
          head: "Took",
          numeric: true,
          wideOnly: true,
          cell: (row) => (row.endedAt ? took(row.startedAt, row.endedAt) : ""),
        },
        { head: "Views moved", numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Counters", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.targets) },
        { head: "Without target", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.orphans) },
        { head: "Result", cell: (row) => result(row, now) },
      ]}
    />
  );
}

function result(run: SyncRun, now: string) {
  if (run.error) return <span className="text-alarm">Failed: {run.error}</span>;
  if (run.endedAt) return "Done";
  return Date.parse(now) - Date.parse(run.startedAt) > RUN_DEAD_AFTER_MS ? "Did not end" : "Running";
}

const took = (from: string, to: string) => {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 10_000 ? `${formatNumber(ms)} ms` : formatDuration(ms / 1000);
};
