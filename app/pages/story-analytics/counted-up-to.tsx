import { formatCount, formatNumber } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";

interface CountedUpToProps {
  counted: number;
  /** As last known while Redis is unreachable; null if that is unknown. */
  unsynced: number | null;
  redisReachable: boolean;
  /** ISO time at which `unsynced` was last known, while Redis is unreachable. */
  rememberedAt: string | null;
  /** While the sync is paused; `until` is an ISO time. */
  pause: { until: string; reason: string } | null;
  /** ISO time; null before the first sync. */
  asOf: string | null;
  /** ISO time. */
  now: string;
}

/** How fresh a total is: "312 views counted up to 14:00 UTC, 17 more waiting to sync." */
export function CountedUpTo({
  counted,
  unsynced,
  redisReachable,
  rememberedAt,
  pause,
  asOf,
  now,
}: CountedUpToProps) {
  return (
    <>
      {!redisReachable && (
        <p className="max-w-[48rem]">The newest views are not in these numbers yet. None is lost.</p>
      )}
      <p className="figures max-w-[48rem] text-sm text-ink-muted">
        {formatCount(counted, "view")} counted
        {asOf ? (
          <>
            {" up to "}
            <UtcTime at={asOf} now={now} />
          </>
        ) : (
          " before the first sync"
        )}
        {unsynced !== null && waitingToSync(unsynced)}
        {rememberedAt && unsynced !== null && unsynced > 0 && (
          <>
            {" as of "}
            <UtcTime at={rememberedAt} now={now} />
          </>
        )}
        . Last updated at <UtcTime at={now} now={now} />.
      </p>
      {pause && (
        <p className="figures max-w-[48rem] text-sm">
          The sync is paused until <UtcTime at={pause.until} now={now} />
          {pause.reason && ` (${pause.reason})`}: new views are kept, and reach the counts and charts after
          that.
        </p>
      )}
    </>
  );
}

const waitingToSync = (unsynced: number) =>
  unsynced === 0 ? ", none waiting to sync" : `, ${formatNumber(unsynced)} more waiting to sync`;
