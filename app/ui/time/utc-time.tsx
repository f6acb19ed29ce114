import { formatTime } from "~/shared/format";
import { formatTimeIn, useZone } from "./zone";

interface UtcTimeProps {
  /** ISO. */
  at: string;
  /** The time at which the page was read, ISO: times of the same day are written without their date. */
  now?: string;
  seconds?: boolean;
}

/** A time with its zone: the viewer's, or UTC until the page has hydrated. The tooltip shows it in UTC. */
export function UtcTime({ at, now, seconds }: UtcTimeProps) {
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatTime(date, { seconds: true })} className="whitespace-nowrap">
      {formatTimeIn(zone, date, { now: now ? new Date(now) : undefined, seconds }).replaceAll(" ", "\u00a0")}
    </time>
  );
}
