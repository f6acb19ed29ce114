import { useSyncExternalStore } from "react";
import { formatTime, type TimeOptions } from "~/shared/format";

/** A time zone as far as writing times needs it. */
export interface Zone {
  key: "utc" | "local";
  /** Minutes ahead of UTC at a moment (Unix ms). */
  offsetAt(at: number): number;
  /** "UTC", "CET", "GMT+5:30" at a moment. */
  nameAt(at: number): string;
}

export const UTC: Zone = { key: "utc", offsetAt: () => 0, nameAt: () => "UTC" };

const nameFormat = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** The zone of the machine that this runs on: only for browsers, and only once a page has mounted. */
const LOCAL: Zone = {
  key: "local",
  offsetAt: (at) => -new Date(at).getTimezoneOffset(),
  nameAt: (at) => nameFormat.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "local",
};

const KEY = "tidemark-zone";
const listeners = new Set<() => void>();
/** Where storage is blocked, the choice lasts for this page. */
let chosenHere: Zone["key"] | null = null;

function chosenKey(): Zone["key"] {
  if (chosenHere) return chosenHere;
  try {
    return localStorage.getItem(KEY) === "utc" ? "utc" : "local";
  } catch {
    return "local";
  }
}

/** Writes times in this zone from now on, and remembers it where the browser allows that. */
export function chooseZone(key: Zone["key"]): void {
  chosenHere = key;
  try {
    localStorage.setItem(KEY, key);
  } catch {
    // Storage is blocked: the choice lasts for this page, which is all that can be done.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The zone that times are written in: UTC on the server and while a page hydrates, then the viewer's choice. */
export function useZone(): Zone {
  const key = useSyncExternalStore<Zone["key"]>(subscribe, chosenKey, () => "utc");
  return key === "utc" ? UTC : LOCAL;
}

/** A moment in a zone: "14:00 CET" today, "21 Nov, 14:00 CET" otherwise. */
export function formatTimeIn(zone: Zone, at: Date, { now, seconds }: TimeOptions = {}): string {
  const shift = (date: Date) => new Date(date.getTime() + zone.offsetAt(date.getTime()) * 60_000);
  const words = formatTime(shift(at), { now: now && shift(now), seconds });
  return words.replace(/UTC$/, zone.nameAt(at.getTime()));
}
