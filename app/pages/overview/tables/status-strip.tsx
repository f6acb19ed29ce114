import type { ReactNode } from "react";
import { formatCount, formatDuration } from "~/shared/format";
import { ModeBadge } from "~/ui/mode-badge";
import { UtcTime } from "~/ui/time/utc-time";

interface Current {
  own: { mode: string; since: string; reason: string };
  redis: "up" | "down" | "disabled";
  waiting: { views: number; asOf: string; live: boolean } | null;
  oldestUnsyncedAt: string | null;
  lastGood: { startedAt: string; views: number; targets: number } | null;
  nextSyncAt: string | null;
  pause?: { until: string; reason: string } | null;
  syncIntervalSeconds: number;
}

/** The present in five figures, each with its unit and its time. */
export function StatusStrip({ current, now }: { current: Current; now: string }) {
  const { waiting, oldestUnsyncedAt, lastGood, nextSyncAt, own, redis, pause } = current;
  const off = redis === "disabled";
  const interval = formatDuration(current.syncIntervalSeconds);
  return (
    <dl className="figures grid grid-cols-2 gap-x-6 gap-y-5 border-y border-line py-4 md:grid-cols-3 xl:grid-cols-5">
      <Item
        name="Counting in"
        value={<ModeBadge mode={own.mode} />}
        note={
          <>
            since <UtcTime at={own.since} now={now} />
            {own.reason && `: ${own.reason}`}
          </>
        }
      />
      <Item
        name="Waiting for the sync"
        value={waiting ? formatCount(waiting.views, "view") : off ? "Nothing" : "Not known"}
        note={
          waiting ? (
            <>
              {waiting.live ? "at " : "as of "}
              <UtcTime at={waiting.asOf} now={now} seconds />
              {!waiting.live && "; Redis cannot be asked"}
            </>
          ) : off ? (
            "views go straight to the database"
          ) : (
            "Redis cannot be asked"
          )
        }
      />
      <Item
        name="Oldest waiting view"
        value={
          oldestUnsyncedAt
            ? `${formatDuration(age(oldestUnsyncedAt, now))} old`
            : off || redis === "up"
              ? "None"
              : "Not known"
        }
        note={
          oldestUnsyncedAt ? (
            <>
              from <UtcTime at={oldestUnsyncedAt} now={now} />
            </>
          ) : off || redis === "up" ? (
            "nothing waits"
          ) : (
            "Redis cannot be asked"
          )
        }
      />
      <Item
        name="Last sync"
        value={lastGood ? `${formatDuration(age(lastGood.startedAt, now))} ago` : "None yet"}
        note={
          lastGood ? (
            <>
              <UtcTime at={lastGood.startedAt} now={now} />; moved {formatCount(lastGood.views, "view")}
            </>
          ) : (
            "totals move with the first"
          )
        }
      />
      <Item
        name="Next sync"
        value={
          pause ? "Paused" : nextSyncAt ? nextWords(nextSyncAt, now) : off ? "None" : `Within ${interval}`
        }
        note={
          pause ? (
            <>
              until <UtcTime at={pause.until} now={now} />
              {pause.reason && `: ${pause.reason}`}
            </>
          ) : nextSyncAt ? (
            <>
              <UtcTime at={nextSyncAt} now={now} />; every {interval}
            </>
          ) : off ? (
            "nothing to sync"
          ) : (
            `every ${interval}`
          )
        }
      />
    </dl>
  );
}

function Item({ name, value, note }: { name: string; value: ReactNode; note: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-xs text-ink-muted">{name}</dt>
      <dd className="text-base font-medium sm:text-xl">{value}</dd>
      <dd className="text-xs text-ink-muted">{note}</dd>
    </div>
  );
}

const age = (at: string, now: string) => (Date.parse(now) - Date.parse(at)) / 1000;

const nextWords = (at: string, now: string) =>
  Date.parse(at) > Date.parse(now)
    ? `In ${formatDuration(-age(at, now))}`
    : `${formatDuration(age(at, now))} overdue`;
