import { useEffect, useState } from "react";
import { formatAgo } from "~/shared/format";

const DATE: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const EXACT: Intl.DateTimeFormatOptions = {
  ...DATE,
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};

interface RelativeTimeProps {
  /** ISO time. */
  at: string;
  /** The server's time, ISO. With it, times of the last week read "3 hours ago". */
  now?: string;
  /** Shows hour, minute and zone too. */
  exact?: boolean;
  className?: string;
}

/** A time, first rendered in UTC, so that server and browser agree, then in the reader's time zone once mounted. */
export function RelativeTime({ at, now, exact = false, className }: RelativeTimeProps) {
  const [zone, setZone] = useState<string | undefined>("UTC");
  useEffect(() => setZone(undefined), []);
  const date = new Date(at);
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(date);
  const ago = now ? formatAgo(date.getTime(), Date.parse(now)) : null;
  return (
    <time dateTime={at} title={format(EXACT)} className={className}>
      {ago ?? format(exact ? EXACT : DATE)}
    </time>
  );
}
