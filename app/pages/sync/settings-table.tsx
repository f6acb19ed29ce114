import { formatDuration } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";

interface Following {
  process: string;
  role: string;
  seenAt: string;
  settings: {
    countIn: { store: "redis" | "database" };
    sync: { intervalHours: number; pausedUntil: string | null };
  };
  follows: boolean;
  silent: boolean;
}

/** Which settings each process says it runs on. */
export function SettingsTable({ processes, now }: { processes: Following[]; now: string }) {
  return (
    <DataTable
      caption="What each process runs on"
      rows={processes}
      keyOf={(row) => row.process}
      empty="No process has reported in the last ten minutes."
      columns={[
        { head: "Process", names: true, cell: (row) => <span className="break-all">{row.process}</span> },
        { head: "Runs on", cell: (row) => words(row.settings, now) },
        { head: "Follows", cell: (row) => (row.silent ? "silent" : row.follows ? "yes" : "not yet") },
        { head: "Said at", wideOnly: true, cell: (row) => <UtcTime at={row.seenAt} now={now} seconds /> },
      ]}
    />
  );
}

function words({ countIn, sync }: Following["settings"], now: string) {
  const paused = sync.pausedUntil !== null && Date.parse(now) < Date.parse(sync.pausedUntil);
  return `${countIn.store === "redis" ? "Redis" : "Database"}, ${paused ? "paused" : `every ${formatDuration(sync.intervalHours * 3600)}`}`;
}
