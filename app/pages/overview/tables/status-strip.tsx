import { formatDuration } from "~/shared/format";
import { type Stat, StatStrip } from "~/ui/stat-strip";
import { countingStat, lastSyncStat, nextSyncStat, secondsBetween, unsyncedStat } from "~/ui/sync-stats";
import { UtcTime } from "~/ui/time/utc-time";
import type { PanelData } from "../panel-data";

type Current = PanelData<"current">;

/** The current state in five figures, each with its unit and its time. */
export const StatusStrip = ({ current, now }: { current: Current; now: string }) => (
  <StatStrip
    stats={[
      countingStat("Counting in", current.self, now),
      unsyncedStat(current.unsynced, current.redis, now),
      oldestStat(current, now),
      lastSyncStat(current.lastGood, now),
      nextSyncStat(
        {
          at: current.nextSyncAt,
          intervalSeconds: current.syncIntervalSeconds,
          pause: current.pause,
          redis: current.redis,
        },
        now,
      ),
    ]}
  />
);

/** The age of the oldest view waiting to sync. */
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
    ? { name, value: "Unknown", note: "Redis is unreachable" }
    : {
        name,
        value: "None waiting",
        note: redis === "up" ? "all views are synced" : "views go straight to the database",
      };
}
