import type { SerializeFrom } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { formatCount, formatDuration, formatElapsed, formatList, formatNumber } from "~/shared/format";
import type { JobState } from "~/telemetry/queue-reading";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatStrip } from "~/ui/stat-strip";
import { secondsBetween } from "~/ui/sync-stats";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import { describeQueue } from "./describe-queue";
import { FailedJobs } from "./failed-jobs";
import type { loadQueuesPage } from "./load-queues-page";
import { ThroughputFigure } from "./throughput-figure";

const REFRESH_MS = 5000;

type Data = SerializeFrom<typeof loadQueuesPage>;
type Queue = NonNullable<Data["state"]["data"]>;

/** The queue of syncs: what waits, runs and failed, and who works on it. */
export function QueuesPage() {
  const data = useLoaderData<typeof loadQueuesPage>();
  useRefresh(REFRESH_MS);
  const { now, state, faults } = data;
  return (
    <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h1 className="figures text-xl font-semibold sm:text-2xl">{describeQueue(data)}</h1>
          {data.queue && state.why && <Unreachable state={state} now={now} />}
          {!state.why && faults.length > 0 && (
            <p className="max-w-[48rem] text-base">
              The schedule in Redis differs from the settings: {formatList(faults)}. The worker corrects that
              within seconds.
            </p>
          )}
          {!data.queue && (
            <p className="max-w-[48rem] text-base">
              This site counts views directly in the database: no Redis is configured, so there are no jobs.
            </p>
          )}
        </div>
        {state.data && <Stats queue={state.data} data={data} />}
      </div>
      {data.queue && (
        <>
          <Section
            title="Failed jobs"
            aside={
              <a href="/admin/queues/board/queue/tidemark-sync" className="button button-quiet">
                Raw queue board
              </a>
            }
          >
            {state.data ? (
              <FailedJobs failures={state.data.failures} mayChange={data.mayChange} now={now} />
            ) : (
              <Unknown />
            )}
          </Section>
          <Section
            title="Jobs that ended"
            aside={
              <RangeLinks
                label="Range of the chart"
                selected={data.range}
                ranges={[
                  { key: "24h", label: "24 h", to: "?range=24h" },
                  { key: "7d", label: "7 d", to: "?range=7d" },
                ]}
              />
            }
          >
            {data.throughput ? (
              <ThroughputFigure series={data.throughput} words={data.rangeWords} />
            ) : (
              <Unknown />
            )}
          </Section>
          <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
            <Section title="How long jobs wait and run">
              {state.data ? <TimesTable queue={state.data} /> : <Unknown />}
            </Section>
            <Section title="Workers connected">
              {state.data ? <WorkersTable queue={state.data} /> : <Unknown />}
            </Section>
          </div>
        </>
      )}
    </FreshMain>
  );
}

const Unknown = () => (
  <p className="text-sm text-ink-muted">Unknown: nothing was read since this process started.</p>
);

/** Why there is nothing newer, and how old the numbers are. */
function Unreachable({ state, now }: { state: Data["state"]; now: string }) {
  return (
    <p role="status" className="max-w-[48rem] text-base">
      Meanwhile views are counted in the database, and nothing is lost.{" "}
      {state.readAt ? (
        <>
          These numbers are from <UtcTime at={state.readAt} now={now} seconds />.
        </>
      ) : (
        "No numbers were read since this process started."
      )}{" "}
      The page tries again every {formatDuration(REFRESH_MS / 1000)}.
    </p>
  );
}

const NOTES: Record<JobState, string> = {
  delayed: "due later: the next turn, or another attempt",
  waiting: "for a worker",
  active: "running now",
  completed: "kept; older ones are removed",
  failed: "kept until retried or removed",
};

function Stats({ queue, data: { now, pausedUntil } }: { queue: Queue; data: Data }) {
  const { counts, nextAt, workers } = queue;
  const number = (state: JobState, name: string) => ({
    name,
    value: formatNumber(counts[state]),
    note: NOTES[state],
  });
  const seconds = nextAt === null ? 0 : secondsBetween(now, nextAt);
  return (
    <StatStrip
      stats={[
        number("waiting", "Waiting"),
        number("active", "Running"),
        number("failed", "Failed"),
        number("completed", "Completed"),
        number("delayed", "Scheduled"),
        {
          name: "Next run",
          value: nextAt === null ? "None" : seconds > 0 ? `In ${formatDuration(seconds)}` : "Due now",
          note:
            nextAt === null ? (
              "no schedule in Redis"
            ) : (
              <>
                <UtcTime at={nextAt} now={now} />
                {pausedUntil && "; skipped, as the sync is paused"}
              </>
            ),
        },
        {
          name: "Workers",
          value: workers === null ? "Unknown" : formatNumber(workers.length),
          note: workers === null ? "this Redis does not list its clients" : "connected to the queue",
        },
      ]}
    />
  );
}

function TimesTable({ queue: { times } }: { queue: Queue }) {
  const rows = [
    { name: "Wait for a worker, once due", times: times.wait },
    { name: "Run", times: times.run },
  ];
  const elapsed = (ms: number | undefined) => (ms === undefined ? "–" : formatElapsed(ms));
  return (
    <>
      <DataTable
        caption="How long jobs wait and run"
        rows={times.jobs === 0 ? [] : rows}
        keyOf={(row) => row.name}
        empty="No job has ended yet."
        columns={[
          { head: "Time", cell: (row) => row.name, names: true },
          { head: "Median", cell: (row) => elapsed(row.times?.median), numeric: true },
          { head: "95%", cell: (row) => elapsed(row.times?.p95), numeric: true },
          { head: "Longest", cell: (row) => elapsed(row.times?.longest), numeric: true },
        ]}
      />
      {times.jobs > 0 && (
        <p className="text-xs text-ink-muted">
          Of the last {formatCount(times.jobs, "completed job")}. Jobs that were tried again count for their
          last run only.
        </p>
      )}
    </>
  );
}

function WorkersTable({ queue: { workers } }: { queue: Queue }) {
  return (
    <DataTable
      caption="Workers connected"
      rows={workers ?? []}
      keyOf={(worker) => worker.id}
      empty={
        workers === null
          ? "This Redis does not list its clients. The overview shows which processes have reported."
          : "No worker is connected, so no job runs. A running worker reconnects by itself within seconds."
      }
      columns={[
        { head: "Connection", cell: (worker) => worker.id, names: true },
        {
          head: "Connected for",
          cell: (worker) => formatDuration(worker.connectedSeconds),
          numeric: true,
        },
      ]}
    />
  );
}
