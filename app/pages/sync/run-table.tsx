import { Link } from "@remix-run/react";
import { formatDuration, formatNumber } from "~/shared/format";
import { RUN_DEAD_AFTER_MS } from "~/telemetry/sync-runs";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";

export interface ShownRun {
  id: number;
  trigger: string;
  startedAt: string;
  endedAt: string | null;
  targets: number;
  views: number;
  orphans: number;
  error: string | null;
}

/** Runs of the sync. Each opens its shards; one that failed can be tried again. */
export function RunTable({ runs, chosen, now }: { runs: ShownRun[]; chosen: number | null; now: string }) {
  return (
    <DataTable
      caption="Runs of the sync"
      rows={runs}
      keyOf={(row) => row.id}
      empty="No sync has run yet. The worker runs one by itself; you can also ask for one."
      columns={[
        {
          head: "Run",
          names: true,
          cell: (row) => (
            <Link
              to={`?run=${row.id}`}
              preventScrollReset
              className="link inline-block py-1"
              aria-current={row.id === chosen ? "true" : undefined}
            >
              {row.id}
            </Link>
          ),
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
          head: "Took",
          numeric: true,
          wideOnly: true,
          cell: (row) => (row.endedAt ? took(row.startedAt, row.endedAt) : ""),
        },
        { head: "Views moved", numeric: true, cell: (row) => formatNumber(row.views) },
        { head: "Counters", numeric: true, wideOnly: true, cell: (row) => formatNumber(row.targets) },
        { head: "Result", cell: (row) => <Result run={row} now={now} /> },
      ]}
    />
  );
}

function Result({ run, now }: { run: ShownRun; now: string }) {
  if (run.error)
    return (
      <>
        <span className="text-alarm">Failed</span>{" "}
        <Link to={`?retry=${run.id}`} preventScrollReset className="link inline-block py-1">
          Try again
        </Link>
        <span className="block max-w-[24rem] text-xs break-words text-ink-muted max-sm:hidden">
          {run.error}
        </span>
      </>
    );
  if (run.endedAt) return "Done";
  return Date.parse(now) - Date.parse(run.startedAt) > RUN_DEAD_AFTER_MS ? "Did not end" : "Running";
}

export const took = (from: string, to: string) => {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 10_000 ? `${formatNumber(ms)} ms` : formatDuration(ms / 1000);
};
