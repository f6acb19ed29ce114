import { moment } from "../../observe/wording";

interface UtcTimeProps {
  /** ISO. */
  at: string;
  /** The page's now, ISO: times of today are then said without their day. */
  now?: string;
  seconds?: boolean;
}

/** A moment with its zone: UTC, on the server as in the browser. */
export function UtcTime({ at, now, seconds }: UtcTimeProps) {
  return (
    <time dateTime={at} title={at} className="whitespace-nowrap">
      {moment(new Date(at), { now: now ? new Date(now) : undefined, seconds })}
    </time>
  );
}
