import { formatTime } from "~/shared/format";
import { type SampleRange, type Span, START_KEY } from "~/shared/series";
import type { Change } from "~/telemetry/change-feed";
import type { RangeSelection } from "./parse-range";
import type { OverviewSources } from "./sources";

/** One panel of the overview, loaded separately so that its failure does not affect the others. */
export interface OverviewPanel<T> {
  /** The start of the sentence shown in its place when it fails: "The ledger" (could not be read …). */
  name: string;
  /** The changes that an open page shows by reading it again; "any" also for panels that change by themselves as time passes. */
  rereadAfter: readonly Change[] | "any";
  read(sources: OverviewSources, selection: RangeSelection, now: Date): Promise<T>;
}

/** A range after a number: "in the last hour", "since the start, 14:00 UTC", "from 21 Nov, 14:00 UTC to 22 Nov, 09:00 UTC". */
export const inRange = (range: SampleRange) =>
  range.between ? `from ${range.words}` : range.key === START_KEY ? range.words : `in ${range.words}`;

/**
 * The same, but "since 00:09 UTC" where the first report that is drawn (Unix ms) came later than the range starts: the number must not
 * claim time in which no process reported.
 */
export function inReports(range: SampleRange, { from, stepSeconds }: Span, first: number | null, now: Date) {
  if (first === null || first - from <= 2 * stepSeconds * 1000 || range.between) return inRange(range);
  return range.key === START_KEY ? range.words : `since ${formatTime(new Date(first), { now })}`;
}
