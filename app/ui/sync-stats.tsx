import { formatCount, formatDuration } from "~/shared/format";
import { ModeBadge } from "./mode-badge";
import type { Stat } from "./stat-strip";
import { UtcTime } from "./time/utc-time";

/** The numbers about counting and the sync that several pages show. Times are ISO; `now` is when the page was read. */

type RedisState = "up" | "down" | "disabled";

/** Where this process counts, since when and why. */
export const countingStat = (
  name: string,
  { mode, since, reason }: { mode: string; since: string | number; reason: string },
  now: string,
): Stat => ({
  name,
  value: <ModeBadge mode={mode} />,
  note: (
    <>
      since <UtcTime at={new Date(since).toISOString()} now={now} />
      {reason && `: ${reason}`}
    </>
  ),
});

/** Views in Redis that are not in the database yet; `live` is false for the last stored number. */
export function unsyncedStat(
  unsynced: { views: number; asOf: string; live: boolean } | null,
  redis: RedisState,
  now: string,
): Stat {
  const name = "Waiting to sync";
  if (redis === "disabled" && !unsynced)
    return { name, value: "None", note: "views go straight to the database" };
  if (!unsynced) return { name, value: "Unknown", note: "Redis is unreachable" };
  return {
    name,
    value: formatCount(unsynced.views, "view"),
    note: (
      <>
        {unsynced.live ? "at " : "as of "}
        <UtcTime at={unsynced.asOf} now={now} seconds />
        {!unsynced.live && "; Redis is unreachable"}
      </>
    ),
  };
}

/** The last sync that moved everything it found. */
export const lastSyncStat = (run: { startedAt: string; views: number } | null, now: string): Stat => ({
  name: "Last successful sync",
  value: run ? `${formatDuration(secondsBetween(run.startedAt, now))} ago` : "None yet",
  note: run ? (
    <>
      <UtcTime at={run.startedAt} now={now} />; moved {formatCount(run.views, "view")}
    </>
  ) : (
    "totals change with the first sync"
  ),
});

interface NextSync {
  at: string | null;
  intervalSeconds: number;
  pause: { until: string; reason: string } | null;
  redis: RedisState;
}

/** When the next sync is due, or until when the sync is paused. */
export function nextSyncStat({ at, intervalSeconds, pause, redis }: NextSync, now: string): Stat {
  const name = "Next sync";
  const interval = formatDuration(intervalSeconds);
  if (pause)
    return {
      name,
      value: "Paused",
      note: (
        <>
          until <UtcTime at={pause.until} now={now} />
          {pause.reason && `: ${pause.reason}`}
        </>
      ),
    };
  if (!at)
    return redis === "disabled"
      ? { name, value: "None", note: "nothing to sync" }
      : { name, value: `Within ${interval}`, note: `every ${interval}` };
  const seconds = secondsBetween(now, at);
  return {
    name,
    value: seconds > 0 ? `In ${formatDuration(seconds)}` : `${formatDuration(-seconds)} overdue`,
    note: (
      <>
        <UtcTime at={at} now={now} />; every {interval}
      </>
    ),
  };
}

/** Seconds from one ISO time to another. */
export const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
