import { formatCount, formatNumber } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";

interface CountedUpToProps {
  counted: number;
  /** As last known while Redis is unreachable; null if that is unknown. */
  unsynced: number | null;
  redisReachable: boolean;
  /** ISO time at which `unsynced` was last known, while Redis is unreachable. */
  rememberedAt: string | null;
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
    </>
  );
}

const waitingToSync = (unsynced: number) =>
  unsynced === 0 ? ", none waiting to sync" : `, ${formatNumber(unsynced)} more waiting to sync`;
