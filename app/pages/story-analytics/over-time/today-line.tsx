import type { SerializeFrom } from "@remix-run/node";
import { formatCount, formatNumber } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";
import type { Today } from "./read-today";

interface TodayLineProps {
  today: SerializeFrom<Today>;
  unsynced: number | null;
  pausedUntil: string | null;
  now: string;
}

/** Today so far against the same weekday a week ago; and, while the sync is paused, when new reads appear. */
export function TodayLine({ today, unsynced, pausedUntil, now }: TodayLineProps) {
  return (
    <p className="figures max-w-[48rem] text-sm">
      Today so far: {formatCount(today.counted, "counted view")}
      {unsynced ? ` and ${formatNumber(unsynced)} more waiting to sync` : ""}; the same day a week ago had{" "}
      {formatNumber(today.weekAgo)} by <UtcTime at={today.by} now={now} />.
      {pausedUntil && (
        <>
          {" "}
          The sync is paused: new reads appear after <UtcTime at={pausedUntil} now={now} />.
        </>
      )}
    </p>
  );
}
