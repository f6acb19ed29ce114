import { formatDuration } from "~/shared/format";
import { type Stat, StatStrip } from "~/ui/stat-strip";
import { countingStat, lastSyncStat, nextSyncStat, secondsBetween, unsyncedStat } from "~/ui/sync-stats";
import { UtcTime } from "~/ui/time/utc-time";

interface Current {
  own: { mode: string; since: string; reason: string };
  redis: "up" | "down" | "disabled";
  waiting: { views: number; asOf: string; live: boolean } | null;
  oldestUnsyncedAt: string | null;
  lastGood: { startedAt: string; views: number } | null;
  nextSyncAt: string | null;
  pause?: { until: string; reason: string } | null;
  syncIntervalSeconds: number;
}

/** The present in five figures, each with its unit and its time. */
export const StatusStrip = ({ current, now }: { current: Current; now: string }) => (
  <StatStrip
    stats={[
      countingStat("Counting in", current.own, now),
      unsyncedStat(current.waiting, current.redis, now),
      oldestStat(current, now),
      lastSyncStat(current.lastGood, now),
      nextSyncStat(
        {
          at: current.nextSyncAt,
          intervalSeconds: current.syncIntervalSeconds,
          pause: current.pause ?? null,
          redis: current.redis,
        },
        now,
      ),
    ]}
  />
);

/** How long the oldest view has waited. */
function oldestStat({ oldestUnsyncedAt, redis }: Current, now: string): Stat {
  const name = "Oldest waiting view";
  if (oldestUnsyncedAt)
    return {
      name,
      value: `${formatDuration(secondsBetween(oldestUnsyncedAt, now))} old`,
      note: (
        <>
          from <UtcTime at={oldestUnsyncedAt} now={now} />
        </>
      ),
    };
  return redis === "down"
    ? { name, value: "Not known", note: "Redis is unreachable" }
    : {
        name,
        value: "None waiting",
        note: redis === "up" ? "all views are synced" : "views go straight to the database",
      };
}
