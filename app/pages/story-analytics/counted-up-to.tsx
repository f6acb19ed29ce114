import { formatCount, formatNumber } from "~/shared/format";
import { UtcTime } from "~/ui/time/utc-time";

interface CountedUpToProps {
  counted: number;
  /** null: Redis cannot be asked. */
  waiting: number | null;
  asOf: string | null;
  now: string;
}

/** How fresh a total is: "312 views counted up to 14:00 UTC, 17 more wait for the sync." */
export function CountedUpTo({ counted, waiting, asOf, now }: CountedUpToProps) {
  return (
    <p className="figures max-w-[48rem] text-sm text-ink-muted">
      {formatCount(counted, "view")} counted
      {asOf ? (
        <>
          {" up to "}
          <UtcTime at={asOf} now={now} />
        </>
      ) : (
        " so far, before the first sync"
      )}
      {waiting === null
        ? ". What waits for the sync is not known: Redis cannot be asked just now. Nothing of it is lost."
        : waiting === 0
          ? "; none waits for the sync."
          : `; ${formatNumber(waiting)} more ${waiting === 1 ? "waits" : "wait"} for the sync.`}{" "}
      Read at <UtcTime at={now} now={now} />.
    </p>
  );
}
