import type { SerializeFrom } from "@remix-run/node";
import { Link } from "@remix-run/react";
import { DataTable } from "~/ui/tables/data-table";
import { Sentence } from "~/ui/time/sentence";
import { UtcTime } from "~/ui/time/utc-time";
import type { readAuditPage } from "./audit-log";
import type { Outcome } from "./kinds";

type Events = SerializeFrom<typeof readAuditPage>["events"];

/** How an event ended, in a word. */
export const OUTCOME_LABELS: Record<Outcome, string> = {
  done: "Done",
  refused: "Refused",
  failed: "Failed",
  requested: "Requested",
};

/** What was not simply done has a shape and a word of its own. */
const MARKS: Record<Exclude<Outcome, "done">, { shape: string; className: string }> = {
  refused: { shape: "⊘", className: "text-ink" },
  failed: { shape: "▲", className: "text-alarm" },
  requested: { shape: "…", className: "text-ink-muted" },
};

interface AuditTableProps {
  events: Events;
  now: string;
  filtered: boolean;
}

const NOTHING_YET = (
  <>
    Nothing has been done yet. Actions of operators are listed here:{" "}
    <Link to="/admin/drill" className="link">
      rehearse an outage
    </Link>{" "}
    or{" "}
    <Link to="/admin/sync" className="link">
      run a sync
    </Link>{" "}
    to see one.
  </>
);

/** Each event as a sentence, with how it is stored on demand. */
export const AuditTable = ({ events, now, filtered }: AuditTableProps) => (
  <DataTable
    caption="Audit log"
    rows={events}
    keyOf={(row) => row.id}
    empty={filtered ? "No events match." : NOTHING_YET}
    columns={[
      { head: "When", names: true, cell: (row) => <UtcTime at={row.at} now={now} seconds /> },
      {
        head: "What",
        cell: (row) => (
          <div className="flex max-w-[56rem] flex-col gap-1">
            <p className="break-words">
              {row.outcome !== "done" && (
                <>
                  <Mark outcome={row.outcome} />{" "}
                </>
              )}
              <Sentence text={row.sentence} now={now} />
            </p>
            <details className="text-xs text-ink-muted">
              <summary className="w-fit cursor-pointer hover:text-ink">As stored</summary>
              <pre className="mt-1 max-w-full overflow-x-auto rounded-sm bg-sunken p-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
                {row.raw}
              </pre>
            </details>
          </div>
        ),
      },
    ]}
  />
);

const Mark = ({ outcome }: { outcome: Exclude<Outcome, "done"> }) => (
  <span className={`font-semibold ${MARKS[outcome].className}`}>
    <span aria-hidden="true">{MARKS[outcome].shape} </span>
    {OUTCOME_LABELS[outcome]}:
  </span>
);
