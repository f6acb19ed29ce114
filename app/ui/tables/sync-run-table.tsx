import { Link } from "@remix-run/react";
import { formatDuration, formatNumber } from "~/shared/format";
import { UtcTime } from "../time/utc-time";
import { DataTable } from "./data-table";

export interface SyncRunRow {
  id: number;
  trigger: string;
  startedAt: string;
  endedAt: string | null;
  targets: number;
  views: number;
  orphans: number;
  error: string | null;
}

interface SyncRunTableProps {
  caption: string;
  runs: SyncRunRow[];
  now: string;
  /** A run that has not ended after this long, ms, died with its worker. */
  deadAfterMs: number;
  /** For a page that opens single runs and retries failed ones: the open run, or null. */
  links?: { openRun: number | null };
}

/** Runs of the sync, with the views that each moved into the totals. */
export function SyncRunTable({ caption, runs, now, deadAfterMs, links }: SyncRunTableProps) {
  return (
    <DataTable
      caption={caption}
      rows={runs}
      keyOf={(row) => row.id}
      empty="No sync has run yet. The worker runs one on schedule, and you can run one now."
      columns={[
        {
          head: "Run",
          names: true,
          cell: (row) => (links ? <RunLink id={row.id} open={row.id === links.openRun} /> : row.id),
        },
        {
          head: "Started",
          cell: (row) => (
            <>
              <UtcTime at={row.startedAt} now={now} seconds />
              <span className="block text-xs text-ink-muted">{row.trigger}</span>
            </>
          ),
        },
        {
          head: "Duration",
          numeric: true,
          wideOnly: true,
          cell: (row) => (row.endedAt ? formatRunTime(row.startedAt, row.endedAt) : ""),
        },
        { head: "Views moved", numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Counters", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.targets) },
        { head: "Orphans", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.orphans) },
        {
          head: "Result",
          cell: (row) =>
            row.error ? (
              <Failure id={row.id} error={row.error} retry={links !== undefined} />
            ) : row.endedAt ? (
              "Done"
            ) : Date.parse(now) - Date.parse(row.startedAt) > deadAfterMs ? (
              "Did not finish"
            ) : (
              "Running"
            ),
        },
      ]}
    />
  );
}

const RunLink = ({ id, open }: { id: number; open: boolean }) => (
  <Link
    to={`?run=${id}`}
    preventScrollReset
    className="link inline-block py-1"
    aria-current={open ? "true" : undefined}
  >
    {id}
  </Link>
);

const Failure = ({ id, error, retry }: { id: number; error: string; retry: boolean }) => (
  <>
    <span className="text-alarm">Failed</span>{" "}
    {retry && (
      <Link to={`?retry=${id}`} preventScrollReset className="link inline-block py-1">
        Retry
      </Link>
    )}
    <span className="block max-w-[24rem] text-xs break-words text-ink-muted max-sm:hidden">{error}</span>
  </>
);

/** How long a run took; in milliseconds below ten seconds. */
export const formatRunTime = (from: string, to: string) => {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 10_000 ? `${formatNumber(ms)} ms` : formatDuration(ms / 1000);
};
