import { formatDuration, formatNumber } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { StoryAccount } from "./story-account-page";

const KINDS = {
  unreachable: "Redis was unreachable",
  frozen: "Redis did not answer in time",
  refusing: "Redis refused views",
  chosen: "An operator chose the database",
  drill: "Drill",
} as const;

/** The outages in which views of the story were counted straight in the database. */
export function StoryOutages({ incidents, now }: { incidents: StoryAccount["incidents"]; now: string }) {
  return (
    <DataTable
      caption="Outages that touched the story"
      rows={incidents}
      keyOf={(row) => `${row.from} ${row.kind}`}
      empty="None: no view of it was counted in the database in the last 30 days."
      columns={[
        {
          head: "Start",
          names: true,
          cell: (row) => <UtcTime at={new Date(row.from).toISOString()} now={now} />,
        },
        {
          head: "Length",
          cell: (row) => (row.to === null ? "ongoing" : formatDuration((row.to - row.from) / 1000)),
        },
        {
          head: "Why",
          wideOnly: true,
          cell: (row) => (
            <>
              {KINDS[row.kind]}
              <span className="block text-xs text-ink-muted">{row.reason}</span>
            </>
          ),
        },
        { head: "Views of it", numeric: true, cell: (row) => formatNumber(row.mine.views) },
        { head: "Retracted", numeric: true, cell: (row) => formatNumber(row.mine.retracted) },
      ]}
    />
  );
}
