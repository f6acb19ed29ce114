import { formatTime, type TimeOptions } from "~/shared/format";
import { storedPreference } from "../stored-preference";

/** A time zone, as far as writing times needs it. */
export interface Zone {
  key: "utc" | "local";
  /** Minutes ahead of UTC at a time (Unix ms). */
  offsetAt(at: number): number;
  /** "UTC", "CET", "GMT+5:30" at a time (Unix ms). */
  nameAt(at: number): string;
}

/** UTC, on the server and by preference. */
export const UTC: Zone = { key: "utc", offsetAt: () => 0, nameAt: () => "UTC" };

const nameFormat = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** The browser's own zone; for use once a page has mounted. */
const LOCAL: Zone = {
  key: "local",
  offsetAt: (at) => -new Date(at).getTimezoneOffset(),
  nameAt: (at) => nameFormat.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "local",
};

const preference = storedPreference<Zone["key"]>("tidemark-zone", (stored) =>
  stored === "utc" ? "utc" : "local",
);

/** Shows all times in this zone from now on, and remembers it. */
export const setZone = preference.set;

/** The zone that times are shown in: UTC on the server and while a page hydrates, then the viewer's preference. */
export const useZone = (): Zone => (preference.useValue("utc") === "utc" ? UTC : LOCAL);

/** A time in a zone: "14:00 CET" today, "21 Nov, 14:00 CET" otherwise. */
export function formatTimeIn(zone: Zone, at: Date, { now, seconds }: TimeOptions = {}): string {
  // formatTime writes UTC, so it gets the time at which a UTC clock shows the zone's time.
  const shift = (date: Date) => new Date(date.getTime() + zone.offsetAt(date.getTime()) * 60_000);
  const inZone = formatTime(shift(at), { now: now && shift(now), seconds });
  return inZone.replace(/UTC$/, zone.nameAt(at.getTime()));
}
