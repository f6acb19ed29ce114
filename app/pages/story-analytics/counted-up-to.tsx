import { formatCount, formatNumber } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";

interface CountedUpToProps {
  counted: number;
  /** Null while Redis is unreachable. */
  unsynced: number | null;
  /** ISO time; null before the first sync. */
  asOf: string | null;
  /** ISO time. */
  now: string;
}

/** How fresh a total is: "312 views counted up to 14:00 UTC, 17 more waiting to sync." */
export function CountedUpTo({ counted, unsynced, asOf, now }: CountedUpToProps) {
  return (
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
      {waitingToSync(unsynced)} Last updated at <UtcTime at={now} now={now} />.
    </p>
  );
}

function waitingToSync(unsynced: number | null) {
  if (unsynced === null)
    return ". Redis is unreachable, so the number of views waiting to sync is unknown. No views are lost.";
  return unsynced === 0 ? ", none waiting to sync." : `, ${formatNumber(unsynced)} more waiting to sync.`;
}
