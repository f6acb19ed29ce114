import type { SerializeFrom } from "@remix-run/node";
import type { ReactNode } from "react";
import { formatBytes } from "~/shared/bytes";
import { formatCount, formatNumber } from "~/shared/format";
import { lookUp } from "~/shared/look-up";
import type { Persistence } from "~/stores/redis/inspection/server-state";
import { UtcTime } from "~/ui/time/utc-time";
import { describeLoss } from "./describe-loss";

interface PersistenceProps {
  persistence: SerializeFrom<Persistence>;
  now: string;
}

/** What Redis has on disk, how its last writes went, and what a crash now would lose. */
export function PersistenceFacts({ persistence, now }: PersistenceProps) {
  const { aof, snapshot } = persistence;
  const facts: [name: string, value: ReactNode][] = [
    ["A crash now would lose", describeLoss(persistence)],
    [
      "Append-only file",
      aof
        ? `${formatBytes(aof.bytes)}, flushed ${lookUp(FLUSHED, aof.fsync ?? "") ?? "as Redis does not say"}`
        : "switched off",
    ],
    ...(aof
      ? ([
          ["Last write, last rewrite", `${aof.lastWrite || "unknown"}, ${aof.lastRewrite || "unknown"}`],
          ["Writes that waited for the disk", `${formatNumber(aof.delayed)} since Redis started`],
        ] satisfies [string, ReactNode][])
      : []),
    [
      "Last snapshot",
      snapshot.at ? (
        <>
          <UtcTime at={snapshot.at} now={now} />, {snapshot.last || "unknown"};{" "}
          {formatCount(snapshot.changes, "change")} since
        </>
      ) : (
        "none"
      ),
    ],
    [
      "Automatic snapshots",
      snapshot.schedule === null ? "Redis does not say" : snapshot.schedule === "" ? "switched off" : "on",
    ],
  ];
  return (
    <dl className="figures flex flex-col text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="flex flex-wrap justify-between gap-x-6 border-b border-line py-1.5">
          <dt className="text-ink-muted">{name}</dt>
          <dd className="max-w-full">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const FLUSHED: Record<string, string> = {
  always: "with every write",
  everysec: "every second",
  no: "when the system does it",
};
