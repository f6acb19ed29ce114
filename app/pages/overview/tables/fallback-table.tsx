import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { storyAccountPath } from "~/shared/story-paths";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { FallbackView } from "../queries/fallbacks";

type Rows = SerializeFrom<FallbackView[]>;

/** The latest views that were counted directly in the database. Their readers are not shown. */
export function FallbackTable({ views, now }: { views: Rows; now: string }) {
  return (
    <DataTable
      caption="Latest views counted in the database"
      rows={views}
      keyOf={(row) => row.kind + row.id}
      empty="No views have been counted directly in the database."
      columns={[
        { head: "When", cell: (row) => <UtcTime at={row.at} now={now} seconds /> },
        {
          head: "Page",
          names: true,
          cell: (row) => (
            <>
              <Link to={storyAccountPath(row.slug)} className="link">
                {row.title}
              </Link>
              {row.chapter !== null && `, chapter ${row.chapter}`}
            </>
          ),
        },
        { head: "Result", cell: describeResult },
        {
          head: "Reconciled",
          wideOnly: true,
          cell: (row) =>
            row.reconciledAt ? (
              <UtcTime at={row.reconciledAt} now={now} />
            ) : (
              <span className="text-ink-muted">not yet</span>
            ),
        },
      ]}
    />
  );
}

function describeResult(view: Rows[number]) {
  if (view.retractedAt) return "retracted: already counted in Redis";
  return view.counted ? "counted" : "repeat, not counted";
}
