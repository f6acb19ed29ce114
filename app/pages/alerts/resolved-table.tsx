import { formatDuration } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";

interface Resolved {
  id: number;
  title: string;
  says: string;
  firedAt: string | null;
  resolvedAt: string | null;
  acknowledgedBy: string | null;
  note: string | null;
}

/** Alerts that are over, with what they said last. */
export function ResolvedTable({ alerts, now }: { alerts: Resolved[]; now: string }) {
  return (
    <DataTable
      caption="Alerts that are over"
      rows={alerts}
      keyOf={(row) => row.id}
      empty="No alert has been resolved yet."
      scroll
      columns={[
        { head: "Over", cell: (row) => row.resolvedAt && <UtcTime at={row.resolvedAt} now={now} /> },
        {
          head: "Alert",
          names: true,
          cell: (row) => (
            <>
              {row.title}
              <span className="block text-xs text-ink-muted">
                <Sentence text={row.says} now={now} />
              </span>
            </>
          ),
        },
        {
          head: "Fired for",
          numeric: true,
          cell: (row) =>
            row.firedAt && row.resolvedAt
              ? formatDuration((Date.parse(row.resolvedAt) - Date.parse(row.firedAt)) / 1000)
              : "",
        },
        {
          head: "In hand of",
          wideOnly: true,
          cell: (row) => [row.acknowledgedBy, row.note].filter(Boolean).join(": "),
        },
      ]}
    />
  );
}
