import type { SerializeFrom } from "@remix-run/node";
import { formatBytes } from "~/shared/bytes";
import {
  formatCount,
  formatDuration,
  formatElapsed,
  formatLatency,
  formatNumber,
  formatPercent,
} from "~/shared/format";
import type { ClientGroup } from "~/stores/redis/inspection/clients";
import type { KeyKind } from "~/stores/redis/inspection/key-kinds";
import type { RedisLatency } from "~/stores/redis/inspection/latency";
import type { KeySample } from "~/stores/redis/inspection/sample-keys";
import type { SlowCommands } from "~/stores/redis/inspection/slow-commands";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";

const KINDS: Record<KeyKind, { name: string; what: string }> = {
  seen: { name: "Seen", what: "which reader was counted where, until the window ends" },
  hours: { name: "Hours", what: "views by hour, until a sync has moved them" },
  pending: { name: "Pending", what: "views per story that pages add to their totals" },
  ledger: { name: "Ledger", what: "what each shard has accepted and moved" },
  queue: { name: "Queue", what: "BullMQ's jobs and schedule" },
  other: { name: "Other", what: "keys of other applications" },
};

/** Memory by kind of key, with the error of the estimate, and how it was sampled. */
export function KeyTable({ sample, usedBytes }: { sample: KeySample; usedBytes: number | null }) {
  const { kinds, seen, total } = sample;
  const measured = kinds.reduce((sum, { measured }) => sum + measured, 0);
  const known = kinds.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <>
      <DataTable
        caption="Memory by kind of key"
        rows={[...kinds].sort((a, b) => b.bytes - a.bytes)}
        keyOf={({ kind }) => kind}
        empty="Redis has no keys."
        columns={[
          { head: "Kind", cell: ({ kind }) => KINDS[kind].name, names: true },
          { head: "For", cell: ({ kind }) => KINDS[kind].what, wideOnly: true },
          { head: "Keys", cell: ({ keys }) => formatNumber(keys), numeric: true },
          { head: "Memory", cell: ({ bytes }) => formatBytes(bytes), numeric: true },
          {
            head: "Error",
            cell: ({ error }) => (error === 0 ? "exact" : `± ${formatBytes(error)}`),
            numeric: true,
          },
          { head: "Share", cell: ({ bytes }) => formatPercent(known > 0 ? bytes / known : 0), numeric: true },
        ]}
      />
      <p className="max-w-[48rem] text-xs text-ink-muted">
        {seen >= total
          ? `All ${formatCount(total, "key")} were looked at`
          : `${formatNumber(seen)} of ${formatCount(total, "key")} were looked at`}
        , and {formatNumber(measured)} of them measured; margins of error hold for 19 of 20 samples. The keys
        are estimated anew every minute, with commands that each take Redis less than a millisecond.
        {usedBytes !== null &&
          usedBytes > known &&
          ` Redis itself, its tables and buffers take the other ${formatBytes(usedBytes - known)}.`}
      </p>
    </>
  );
}

/** The slow log, without what commands were about. */
export function SlowTable({ slow, now }: { slow: SerializeFrom<SlowCommands>; now: string }) {
  const { commands, thresholdUs } = slow;
  const limit = thresholdUs === null ? "its limit" : formatLatency(thresholdUs);
  return (
    <>
      <DataTable
        caption="Slow commands"
        rows={commands}
        keyOf={({ id }) => id}
        empty={`No command has taken longer than ${limit} since Redis started or its log was cleared.`}
        scroll
        columns={[
          { head: "At", cell: ({ at }) => <UtcTime at={at} now={now} seconds />, names: true },
          { head: "Took", cell: ({ microseconds }) => formatLatency(microseconds), numeric: true },
          { head: "Command", cell: ({ command }) => <code>{command}</code> },
          { head: "On", cell: ({ kind }) => (kind ? KINDS[kind].name : "–") },
          { head: "Arguments", cell: (row) => formatNumber(row.arguments), numeric: true, wideOnly: true },
          { head: "From", cell: ({ client }) => client ?? "another program", wideOnly: true },
        ]}
      />
      {commands.length > 0 && (
        <p className="text-xs text-ink-muted">
          The latest commands that took longer than {limit}. Their arguments are left out, as they may hold a
          reader's key.
        </p>
      )}
    </>
  );
}

/** Connections by name. */
export const ClientTable = ({ clients }: { clients: ClientGroup[] }) => (
  <DataTable
    caption="Clients by name"
    rows={clients}
    keyOf={({ name }) => name ?? ""}
    empty="No client is connected."
    columns={[
      { head: "Name", cell: ({ name }) => name ?? "other programs", names: true },
      { head: "Connections", cell: ({ connections }) => formatNumber(connections), numeric: true },
      { head: "Oldest", cell: ({ oldestSeconds }) => formatDuration(oldestSeconds), numeric: true },
      {
        head: "Idle at most",
        cell: ({ idleSeconds }) => formatDuration(idleSeconds),
        numeric: true,
        wideOnly: true,
      },
      { head: "Buffers", cell: ({ bytes }) => formatBytes(bytes), numeric: true },
    ]}
  />
);

/** The events of Redis's own latency monitor. */
export const EventTable = ({
  events,
  now,
}: {
  events: SerializeFrom<RedisLatency>["events"];
  now: string;
}) => (
  <DataTable
    caption="Latency events"
    rows={events}
    keyOf={({ event }) => event}
    empty="None. Redis notes them once latency-monitor-threshold is set, for example to 100 (ms)."
    columns={[
      { head: "Event", cell: ({ event }) => event, names: true },
      { head: "Last", cell: ({ at }) => <UtcTime at={at} now={now} seconds /> },
      { head: "Took", cell: ({ lastMs }) => formatElapsed(lastMs), numeric: true },
      { head: "Worst", cell: ({ worstMs }) => formatElapsed(worstMs), numeric: true },
    ]}
  />
);
