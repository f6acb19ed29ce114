import type { SampleRange } from "~/shared/series";
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

/** A range after a verb: "in the last hour", "from 21 Nov, 14:00 UTC to 22 Nov, 09:00 UTC". */
export const inRange = (range: SampleRange) => (range.between ? `from ${range.words}` : `in ${range.words}`);
