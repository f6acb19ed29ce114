import type { ReactNode } from "react";
import { formatCount, formatDuration } from "~/shared/format";
import { ModeBadge } from "~/ui/mode-badge";
import { UtcTime } from "~/ui/time/utc-time";

interface SyncStripProps {
  current: {
    redis: "up" | "down" | "disabled";
    waiting: { views: number; asOf: string; live: boolean } | null;
    mode: { mode: string; since: number; reason: string };
    lastGood: { startedAt: string; views: number } | null;
    nextAt: string | null;
  };
  settings: { sync: { intervalHours: number } };
  paused: boolean;
  now: string;
}

/** How the sync stands, in four figures. */
export function SyncStrip({ current, settings, paused, now }: SyncStripProps) {
  const { waiting, lastGood, nextAt, mode, redis } = current;
  const interval = formatDuration(settings.sync.intervalHours * 3600);
  return (
    <dl className="figures grid grid-cols-2 gap-x-6 gap-y-5 border-y border-line py-4 lg:grid-cols-4">
      <Item
        name="Waiting for the sync"
        value={waiting ? formatCount(waiting.views, "view") : redis === "disabled" ? "Nothing" : "Not known"}
        note={
          waiting ? (
            <>
              {waiting.live ? "at " : "as of "}
              <UtcTime at={waiting.asOf} now={now} seconds />
              {!waiting.live && "; Redis cannot be asked"}
            </>
          ) : redis === "disabled" ? (
            "views go straight to the database"
          ) : (
            "Redis cannot be asked"
          )
        }
      />
      <Item
        name="Next sync"
        value={paused ? "Paused" : nextAt ? until(nextAt, now) : `Within ${interval}`}
        note={
          nextAt && !paused ? (
            <>
              <UtcTime at={nextAt} now={now} />; every {interval}
            </>
          ) : (
            `every ${interval}${paused ? " when it goes on" : ""}`
          )
        }
      />
      <Item
        name="Last good sync"
        value={lastGood ? `${formatDuration(between(lastGood.startedAt, now))} ago` : "None yet"}
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
        name="This process counts in"
        value={<ModeBadge mode={mode.mode} />}
        note={
          <>
            since <UtcTime at={new Date(mode.since).toISOString()} now={now} />
            {mode.reason && `: ${mode.reason}`}
          </>
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
      <dd className="text-xs break-words text-ink-muted">{note}</dd>
    </div>
  );
}

const between = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

const until = (at: string, now: string) =>
  Date.parse(at) > Date.parse(now) ? `In ${formatDuration(between(now, at))}` : "Any moment";
