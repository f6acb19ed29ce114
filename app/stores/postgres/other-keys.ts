import type { DedupeWindow } from "~/tracker/window";

/**
 * The neighbouring days, as offsets, whose keys a fallback row keeps until it is reconciled, in the order of its column
 * `otherKeys`. The order is part of the data: add new days at the end.
 */
const OTHER_DAYS = [-1, 1, -2, -3, -4, -5, -6, -7];

/** The other days that a window reaches, in that order: the day after, and as many before as it is long. */
export const otherDays = ({ daysBefore }: DedupeWindow): readonly number[] =>
  OTHER_DAYS.slice(0, daysBefore + 1);

/** A row's keys of other days, as Postgres returns them. Rows of an earlier version have them in two columns. */
export interface StoredKeys {
  otherKeys: (string | null)[] | null;
  viewerBefore: string | null;
  viewerAfter: string | null;
}

/** Reads a row's keys by day, as an offset from the row's own day. */
export function otherKeysOf({ otherKeys, viewerBefore, viewerAfter }: StoredKeys): Map<number, string> {
  const keys = otherKeys ?? [viewerBefore, viewerAfter];
  return new Map(
    OTHER_DAYS.flatMap((day, i) => {
      const key = keys[i];
      return key ? [[day, key] as const] : [];
    }),
  );
}
