import { Link } from "@remix-run/react";
import { formatCount, formatDuration, formatNumber, toSentence } from "~/shared/format";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";
import { zoomQuery } from "../parse-range";
import { FallbackRows } from "./fallback-rows";

type Incidents = PanelData<"incidents">;
type Row = Incidents["incidents"][number];

const KINDS: Record<Row["kind"], string> = {
  unreachable: "Redis was unreachable",
  frozen: "Redis did not answer",
  refusing: "Redis refused views",
  chosen: "Database chosen",
  drill: "Drill",
};

/** The outages in the range: when, why, and what became of the views meanwhile. */
export function IncidentTable({ incidents, more, now }: Incidents & { now: string }) {
  return (
    <div className="flex flex-col gap-2">
      <DataTable
        caption="Incidents"
        rows={incidents}
        keyOf={(row) => `${row.from} ${row.kind}`}
        empty={
          <>
            None in this range: every view was counted in Redis. To see one,{" "}
            <Link to="/admin/drill" className="link">
              rehearse an outage
            </Link>
            .
          </>
        }
        columns={[
          {
            head: "Start",
            names: true,
            cell: (row) => (
              <Link to={zoomTo(row, now)} preventScrollReset className="link" title="Show this time alone">
                <UtcTime at={new Date(row.from).toISOString()} now={now} seconds />
              </Link>
            ),
          },
          {
            head: "Lasted",
            cell: (row) =>
              row.to === null ? (
                <span className="font-medium">
                  {formatDuration((Date.parse(now) - row.from) / 1000)}, ongoing
                </span>
              ) : (
                <>
                  {formatDuration((row.to - row.from) / 1000)}
                  <span className="block text-xs text-ink-muted max-sm:hidden">
                    until <UtcTime at={new Date(row.to).toISOString()} now={now} seconds />
                  </span>
                </>
              ),
          },
          {
            head: "Why",
            cell: (row) => (
              <>
                {row.drill === null ? KINDS[row.kind] : `Drill ${row.drill}`}
                <span className="block max-w-[22rem] text-xs text-ink-muted max-sm:hidden">
                  {toSentence(row.reason)}
                  {row.moves > row.processes.length && ` Came and went ${formatNumber(row.moves)} times.`}
                </span>
              </>
            ),
          },
          { head: "Views", numeric: true, cell: countViews },
          {
            head: "Retracted",
            numeric: true,
            wideOnly: true,
            cell: (row) => formatNumber(row.views.retracted),
          },
        ]}
      />
      {more > 0 && (
        <p className="text-xs text-ink-muted">
          {formatCount(more, "earlier incident is", "earlier incidents are")} not shown: select a shorter
          range.
        </p>
      )}
      <FallbackRows now={now} />
    </div>
  );
}

const zoomTo = ({ from, to }: Row, now: string) => {
  const end = to ?? Date.parse(now);
  return zoomQuery(from - (end - from) / 2, end + (end - from) / 2, false);
};

const countViews = ({ views }: Row) => (
  <>
    {views.complete ? "" : "at least "}
    {formatNumber(views.database)}
    {views.unreconciled > 0 && (
      <span className="block text-xs text-ink-muted">{formatNumber(views.unreconciled)} to reconcile</span>
    )}
    {views.journal > 0 && (
      <span className="block text-xs text-ink-muted">{formatNumber(views.journal)} to the journal</span>
    )}
  </>
);
