import { useEffect, useState } from "react";
import { formatAgo } from "~/shared/format";

const DATE: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
const EXACT: Intl.DateTimeFormatOptions = {
  ...DATE,
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};

/** Making a formatter takes longer than rendering a chapter's line, so each zone has one of each kind. */
const inZone = (zone: string | undefined) => ({
  date: new Intl.DateTimeFormat("en-GB", { ...DATE, timeZone: zone }),
  exact: new Intl.DateTimeFormat("en-GB", { ...EXACT, timeZone: zone }),
});
const UTC = inZone("UTC");
let local: ReturnType<typeof inZone> | undefined;

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
  const [format, setFormat] = useState(UTC);
  useEffect(() => {
    local ??= inZone(undefined);
    setFormat(local);
  }, []);
  const date = new Date(at);
  const ago = now ? formatAgo(date.getTime(), Date.parse(now)) : null;
  return (
    <time dateTime={at} title={format.exact.format(date)} className={className}>
      {ago ?? (exact ? format.exact : format.date).format(date)}
    </time>
  );
}
