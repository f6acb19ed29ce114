import type { SerializeFrom } from "@remix-run/node";
import { formatDuration } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { readSettingsFollowed } from "./read-settings-followed";

type FollowingProcesses = SerializeFrom<typeof readSettingsFollowed>;

/** The settings that each process last reported. */
export function SettingsTable({ processes, now }: { processes: FollowingProcesses; now: string }) {
  return (
    <DataTable
      caption="Settings by process"
      rows={processes}
      keyOf={(row) => row.process}
      empty="No process has reported in the last ten minutes."
      columns={[
        { head: "Process", names: true, cell: (row) => <span className="break-all">{row.process}</span> },
        { head: "Settings", cell: (row) => inWords(row.settings, now) },
        { head: "Current", cell: (row) => (row.silent ? "silent" : row.follows ? "yes" : "not yet") },
        { head: "Reported", wideOnly: true, cell: (row) => <UtcTime at={row.seenAt} now={now} seconds /> },
      ]}
    />
  );
}

function inWords({ countIn, sync }: FollowingProcesses[number]["settings"], now: string) {
  const paused = sync.pausedUntil !== null && Date.parse(now) < Date.parse(sync.pausedUntil);
  return `${countIn.store === "redis" ? "Redis" : "Database"}, ${paused ? "paused" : `every ${formatDuration(sync.intervalHours * 3600)}`}`;
}
