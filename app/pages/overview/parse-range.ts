import { compareOffset } from "~/shared/compare";
import { formatDuration, formatTime } from "~/shared/format";
import { SAMPLE_RANGES, type SampleRange, sampleRange } from "~/shared/series";

/** What the address asks for: a range, and whether to draw the period before it. */
export interface RangeSelection {
  range: SampleRange;
  /** How far back the period to compare with lies, ms; null when none is asked for. */
  compareMs: number | null;
  /** Why a range of one's own was not taken; the usual one is shown then. */
  problem: string | null;
  /** What stands in the fields, `YYYY-MM-DDTHH:mm` in UTC. */
  fields: { from: string; to: string };
}

const STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 7 * 86_400];
/** Bars of a phone and of a wide screen can be told apart up to this number. */
const MOST_POINTS = 200;
const SHORTEST_MS = 5 * 60_000;
/** Samples are kept this long (worker/keep-house), days. */
const LONGEST_MS = 730 * 86_400_000;
const FIELD = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/;

/** The range, comparison and fields that an address of the overview names. */
export function parseRange(params: URLSearchParams, now: number): RangeSelection {
  const asked = params.get("range");
  const own = asked === "custom" ? ownRange(params.get("from") ?? "", params.get("to") ?? "", now) : null;
  const range = own && "range" in own ? own.range : sampleRange(asked);
  const shown = range.between ?? { from: now - range.seconds * 1000, to: now };
  const problem = own && "problem" in own ? own.problem : null;
  return {
    range,
    compareMs: params.get("compare") === "1" ? compareOffset(range.seconds, range.stepSeconds) : null,
    problem,
    fields: problem
      ? { from: params.get("from") ?? "", to: params.get("to") ?? "" }
      : { from: fieldOf(shown.from), to: fieldOf(shown.to) },
  };
}

/** The smallest step that keeps a length of time under 200 points. */
export const stepFor = (seconds: number) =>
  STEPS.find((step) => seconds / step <= MOST_POINTS) ?? (STEPS.at(-1) as number);

function ownRange(
  fromText: string,
  toText: string,
  now: number,
): { range: SampleRange } | { problem: string } {
  const from = parseUtc(fromText);
  const to = parseUtc(toText);
  if (from === null || to === null)
    return {
      problem: `Give both a begin and an end, as a day and a time in UTC, like ${fieldOf(now - 86_400_000).replace("T", " ")}.`,
    };
  if (from >= now) return { problem: "The begin lies in the future: there is nothing to show yet." };
  if (to <= from) return { problem: "The end must come after the begin." };
  const end = Math.min(to, now);
  if (end - from < SHORTEST_MS)
    return {
      problem: `A range has at least ${formatDuration(SHORTEST_MS / 1000)}: choose an earlier begin.`,
    };
  if (end - from > LONGEST_MS)
    return { problem: "A range has at most 730 days, which is how long samples are kept." };
  const seconds = (end - from) / 1000;
  const name = `${formatTime(new Date(from))} to ${formatTime(new Date(end))}`;
  return {
    range: {
      key: "custom",
      label: "Custom",
      words: name,
      seconds,
      stepSeconds: stepFor(seconds),
      between: { from, to: end },
    },
  };
}

function parseUtc(text: string): number | null {
  if (!FIELD.test(text)) return null;
  const at = Date.parse(`${text}Z`);
  return Number.isNaN(at) ? null : at;
}

const fieldOf = (at: number) => new Date(at).toISOString().slice(0, 16);

/** An address that shows the same range, with some parameters changed (null leaves one out). */
export function rangeQuery(
  choice: Pick<RangeSelection, "range" | "compareMs" | "fields">,
  change: { range?: string; compare?: boolean } = {},
): string {
  const key = change.range ?? choice.range.key;
  const params = new URLSearchParams({ range: key });
  if (key === "custom") {
    params.set("from", choice.fields.from);
    params.set("to", choice.fields.to);
  }
  if (change.compare ?? choice.compareMs !== null) params.set("compare", "1");
  return `?${params}`;
}

/** The ranges that need no fields. */
export const RANGE_KEYS = SAMPLE_RANGES.map(({ key }) => key);
