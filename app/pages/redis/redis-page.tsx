import type { SerializeFrom } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import type { ReactNode } from "react";
import { formatBytes } from "~/shared/bytes";
import { formatCount, formatDuration, formatLatency, formatNumber } from "~/shared/format";
import { PanelView } from "~/ui/panel-view";
import { RangeLinks } from "~/ui/range-links";
import { Section } from "~/ui/section";
import { FreshMain } from "~/ui/shell/freshness";
import { StatStrip } from "~/ui/stat-strip";
import { UtcTime } from "~/ui/time/utc-time";
import { useRefresh } from "~/ui/use-refresh";
import { MemoryFigure, OperationsFigure } from "./history-figures";
import { ClientTable, EventTable, KeyTable, SlowTable } from "./inspection-tables";
import type { loadRedisPage } from "./load-redis-page";
import { PersistenceFacts } from "./persistence-facts";
import { timeToLimit } from "./time-to-limit";

const REFRESH_MS = 5000;

type Data = SerializeFrom<typeof loadRedisPage>;
type Parts = NonNullable<Data["parts"]>;

/** Redis, looked into: memory, growth, slow commands, what is on disk, clients and latency. */
export function RedisPage() {
  const data = useLoaderData<typeof loadRedisPage>();
  useRefresh(REFRESH_MS);
  const { now, parts } = data;
  return (
    <FreshMain readAt={now} withinMs={4 * REFRESH_MS}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h1 className="figures text-xl font-semibold sm:text-2xl">{headline(data)}</h1>
          {parts === null && (
            <p className="max-w-[48rem] text-base">
              This site counts views directly in the database: no Redis is configured.
            </p>
          )}
          {parts?.server.why != null && <LastValues data={data} />}
          {parts?.server.data?.risks.map(({ kind, text }) => (
            <p key={kind} className="max-w-[48rem] border-l-2 border-edge pl-3 text-base">
              {text}
            </p>
          ))}
        </div>
        {parts?.server.data && <Stats data={data} parts={parts} />}
      </div>
      {parts && <Sections data={data} parts={parts} />}
    </FreshMain>
  );
}

/** How full Redis is, or that it does not answer. */
function headline({ parts }: Data): string {
  if (!parts) return "There is no Redis";
  const { data, why } = parts.server;
  if (why !== null || !data) return "Redis is unreachable";
  const used = formatBytes(data.usedBytes);
  if (data.limitBytes) return `Redis uses ${used} of its limit of ${formatBytes(data.limitBytes)}`;
  if (data.machineBytes)
    return `Redis uses ${used}; no limit is set, and the machine has ${formatBytes(data.machineBytes)}`;
  return `Redis uses ${used}, and reports no limit`;
}

/** Why there is nothing newer, and how old the numbers below are. */
function LastValues({ data: { parts, lastSample, now } }: { data: Data }) {
  const readAt = parts?.server.readAt;
  const sample = lastSample.ok ? lastSample.data : null;
  return (
    <p role="status" className="max-w-[48rem] text-base">
      Meanwhile views are counted in the database, and nothing is lost.{" "}
      {readAt ? (
        <>
          The numbers below are from <UtcTime at={readAt} now={now} seconds />.
        </>
      ) : sample ? (
        <>
          At <UtcTime at={sample.at} now={now} /> Redis used {formatBytes(sample.usedBytes)}.
        </>
      ) : (
        "No numbers were read before."
      )}{" "}
      The page tries again every {formatDuration(REFRESH_MS / 1000)}.
    </p>
  );
}

function Stats({ data, parts }: { data: Data; parts: Parts }) {
  const server = parts.server.data;
  if (!server) return null;
  const limit = timeToLimit(server, data.growth.ok ? data.growth.data : null);
  const latency = parts.latency.data;
  return (
    <StatStrip
      stats={[
        {
          name: "Memory in use",
          value: formatBytes(server.usedBytes),
          note: `at most ${formatBytes(server.peakBytes)} since the start; fragmentation ${formatNumber(server.fragmentation)}`,
        },
        { name: "Reaches its limit", ...limit },
        {
          name: "Keys",
          value: formatNumber(server.keys),
          note:
            server.evicted > 0
              ? `${formatNumber(server.evicted)} evicted: views may be lost`
              : "none evicted",
        },
        {
          name: "Commands per second",
          value: formatNumber(server.opsPerSecond),
          note: "all clients together",
        },
        {
          name: "Ping from this process",
          value: latency ? formatLatency(latency.medianUs) : "Unknown",
          note: latency
            ? `median of ${latency.pings}; slowest ${formatLatency(latency.slowestUs)}`
            : "nothing was measured",
        },
      ]}
    />
  );
}

function Sections({ data, parts }: { data: Data; parts: Parts }) {
  const { now, series, rangeWords } = data;
  return (
    <>
      <Section title="Memory by kind of key">
        <Part part={parts.keys} now={now}>
          {(keys) => <KeyTable sample={keys} usedBytes={parts.server.data?.usedBytes ?? null} />}
        </Part>
      </Section>
      <Section
        title="Over time"
        aside={
          <RangeLinks
            label="Range of the charts"
            selected={data.range}
            ranges={data.ranges.map(({ key, label }) => ({ key, label, to: `?range=${key}` }))}
          />
        }
      >
        <PanelView panel={series}>
          {(found) => (
            <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
              <MemoryFigure series={found} words={rangeWords} limit={parts.server.data?.limitBytes ?? null} />
              <OperationsFigure series={found} words={rangeWords} />
            </div>
          )}
        </PanelView>
      </Section>
      <div className="grid gap-x-14 gap-y-10 lg:grid-cols-2">
        <Section title="On disk">
          <Part part={parts.server} now={now}>
            {({ persistence }) => <PersistenceFacts persistence={persistence} now={now} />}
          </Part>
        </Section>
        <Section title="Clients">
          <Part part={parts.clients} now={now}>
            {({ groups }) =>
              groups === null ? (
                <p className="text-sm">
                  {formatCount(parts.server.data?.clients ?? 0, "connection")}: too many to list without
                  holding Redis up.
                </p>
              ) : (
                <ClientTable clients={groups} />
              )
            }
          </Part>
        </Section>
      </div>
      <Section title="Slow commands">
        <Part part={parts.slow} now={now}>
          {(slow) => <SlowTable slow={slow} now={now} />}
        </Part>
      </Section>
      <Section title="Latency that Redis noticed">
        <Part part={parts.latency} now={now}>
          {({ events }) => <EventTable events={events} now={now} />}
        </Part>
      </Section>
    </>
  );
}

interface PartProps<T> {
  part: { data: T | null; readAt: string | null; why: string | null };
  now: string;
  children(data: T): ReactNode;
}

/** One part of what Redis told: its content, with its time when it is not new, or why there is none. */
function Part<T>({ part: { data, readAt, why }, now, children }: PartProps<T>) {
  if (readAt === null || data === null)
    return (
      <p role="status" className="border-l-2 border-edge py-1 pl-3 text-sm">
        Redis did not answer this part{why && `: ${why}`}. The other parts are not affected.
      </p>
    );
  return (
    <>
      {why !== null && (
        <p className="text-xs text-ink-muted">
          As of <UtcTime at={readAt} now={now} seconds />
        </p>
      )}
      {children(data)}
    </>
  );
}
