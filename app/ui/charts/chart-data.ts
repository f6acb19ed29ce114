import type { Unit } from "~/shared/calendar";
import type { Compared } from "~/shared/compare";
import type { Point } from "~/shared/series";

/** A bucket of a chart, with the same bucket of the comparison period if there is one. */
export type ChartPoint<K extends string> = Point<K> & Partial<Pick<Compared<K>, "before">>;

export interface ChartSeries<K extends string> {
  stepSeconds: number;
  points: ChartPoint<K>[];
  /** For buckets that are days, weeks or months of a time zone; `stepSeconds` is then about their length. */
  calendar?: Calendar;
}

/** Buckets by the calendar of an IANA time zone. */
export interface Calendar {
  unit: Exclude<Unit, "hour">;
  timeZone: string;
}

/** An event at one moment (Unix ms): a vertical line, named in the tooltip. */
export interface ChartEvent {
  at: number;
  name: string;
  color: string;
  dash?: string;
}

/** The earlier period, drawn as a thin line: the sum of these columns. */
export interface Comparison<K extends string> {
  /** "All, a week earlier". */
  label: string;
  columns: K[];
}

/** The sum of some columns; null where none of them has a value. */
export function sumOf<K extends string>(values: Record<K, number | null> | null | undefined, columns: K[]) {
  const known = columns.flatMap((column) => values?.[column] ?? []);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}
