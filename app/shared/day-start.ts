/** How far a zone's clock is ahead of UTC at a time (Unix ms), ms. Keep the function for many times: a formatter is slow to make. */
export function zoneOffset(timeZone: string): (at: number) => number {
  if (timeZone === "UTC") return () => 0;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    const local = Date.UTC(
      read("year"),
      read("month") - 1,
      read("day"),
      read("hour"),
      read("minute"),
      read("second"),
    );
    return local - Math.floor(at / 1000) * 1000;
  };
}

/** Whether this is the name of a time zone that we know. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

/** When a day ("2026-03-29") starts in a zone, Unix ms. Twice, as the offset may change in the hours between. */
export function startOfDay(day: string, timeZone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const offsetAt = zoneOffset(timeZone);
  return utc - offsetAt(utc - offsetAt(utc));
}
