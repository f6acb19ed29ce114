import { formatTime } from "~/shared/format";
import { formatTimeIn, useZone } from "./zone";

interface UtcTimeProps {
  /** ISO. */
  at: string;
  /** The page's now, ISO: times of today are then said without their day. */
  now?: string;
  seconds?: boolean;
}

/** A moment with its zone: UTC from the server, then in the viewer's zone, with UTC where the pointer rests. */
export function UtcTime({ at, now, seconds }: UtcTimeProps) {
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatTime(date, { seconds: true })} className="whitespace-nowrap">
      {formatTimeIn(zone, date, { now: now ? new Date(now) : undefined, seconds }).replaceAll(" ", "\u00a0")}
    </time>
  );
}
