import type { Offer } from "~/tracker/view";
import type { DedupeWindow } from "~/tracker/window";

/**
 * The neighbouring days, as offsets, whose keys a fallback row keeps until it is reconciled, in the order of its column
 * `otherKeys`. The order is part of the data.
 */
const OTHER_DAYS = [-1, 1, -2, -3, -4, -5, -6, -7];
/** The days of the keys that follow in the same column: those of a reader who had just signed in, from before that. */
const FORMER_DAYS = [0, -1, -2, -3, -4, -5, -6, -7];

/** A viewer's own keys among `keysOf`, at most: that of the day, and those of other days. */
export const OWN_KEYS = 1 + OTHER_DAYS.length;

/**
 * The keys under which a viewer of that day may be known, separated by spaces: of the day; of the other days that the window reaches, the
 * day after and as many before as it is long; and those from before they signed in. An empty one is the same as the first,
 * or not known.
 */
export function keysOf({ key, formerKey }: Offer, day: number, { daysBefore }: DedupeWindow): string {
  const own = key(day);
  const keys = [own];
  for (const other of OTHER_DAYS.slice(0, daysBefore + 1)) keys.push(key(day + other));
  for (let i = 1; i < keys.length; i += 1) if (keys[i] === own) keys[i] = "";
  if (formerKey) {
    while (keys.length < OWN_KEYS) keys.push("");
    for (const other of FORMER_DAYS.slice(0, daysBefore + 1)) keys.push(formerKey(day + other));
  }
  return keys.join(" ").trimEnd();
}

/** The keys among `keysOf` that are from before the viewer signed in. */
export const formerAmong = (keys: string): string[] => keys.split(" ").slice(OWN_KEYS);

/** A row's keys of other days, as Postgres returns them. Rows of an earlier version have them in two columns. */
export interface StoredKeys {
  otherKeys: (string | null)[] | null;
  viewerBefore: string | null;
  viewerAfter: string | null;
}

/** Reads a row's keys by day, as an offset from the row's own day. */
export function otherKeysOf({ otherKeys, viewerBefore, viewerAfter }: StoredKeys): Map<number, string> {
  return byDay(OTHER_DAYS, otherKeys ?? [viewerBefore, viewerAfter]);
}

/** Reads a row's keys from before its reader signed in, in the same way. */
export const formerKeysOf = ({ otherKeys }: StoredKeys): Map<number, string> =>
  byDay(FORMER_DAYS, otherKeys?.slice(OTHER_DAYS.length) ?? []);

const byDay = (days: readonly number[], keys: (string | null)[]) =>
  new Map(
    days.flatMap((day, i) => {
      const key = keys[i];
      return key ? [[day, key] as const] : [];
    }),
  );
