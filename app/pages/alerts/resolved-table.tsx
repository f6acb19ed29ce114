import { Link } from "@remix-run/react";
import { DataTable } from "~/ui/tables/data-table";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import { StoryLink } from "./alert-links";
import type { AlertRow } from "./read-alerts";

/** Resolved alerts, each with its last message. */
export function ResolvedTable({ alerts, now }: { alerts: AlertRow[]; now: string }) {
  return (
    <DataTable
      caption="Resolved alerts"
      rows={alerts}
      keyOf={(row) => row.id}
      empty="No alerts have resolved yet. Those that fired are kept here, each with its timeline."
      scroll
      columns={[
        { head: "Resolved", cell: (row) => row.resolvedAt && <UtcTime at={row.resolvedAt} now={now} /> },
        {
          head: "Alert",
          names: true,
          cell: (row) => (
            <>
              <Link to={`/admin/alerts/${row.id}`} className="link">
                {row.title}
              </Link>
              <span className="block text-xs text-ink-muted">
                <Sentence text={row.explanation ?? row.message} now={now} /> <StoryLink story={row.story} />
              </span>
            </>
          ),
        },
        {
          head: "Fired for",
          numeric: true,
          cell: (row) => row.firedFor ?? "",
        },
        {
          head: "Acknowledged by",
          wideOnly: true,
          cell: (row) => [row.acknowledgedBy, row.note].filter(Boolean).join(": "),
        },
      ]}
    />
  );
}
