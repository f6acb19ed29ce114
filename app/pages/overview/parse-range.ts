import { compareOffset } from "~/shared/compare";
import { formatDuration, formatTime } from "~/shared/format";
import { type SampleRange, START_KEY, sampleRange } from "~/shared/series";

/** The range that the overview shows. */
export interface RangeSelection {
  range: SampleRange;
  /** How much earlier the period compared with it is, ms; null without a comparison. */
  compareMs: number | null;
}

/** The selection in an address, with the state of its form. */
export interface ParsedRange extends RangeSelection {
  /** Why a custom range was refused; the page then shows the default range. */
  problem: string | null;
  /** The values of the form's fields, `YYYY-MM-DDTHH:mm` in UTC. */
  fields: { from: string; to: string };
  /** The site is young, so that everything since its start is a range of its own. */
  hasStart: boolean;
}

const STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400, 7 * 86_400];
/** Up to this number, bars can be told apart, even on a phone. */
const MAX_POINTS = 200;
const SHORTEST_MS = 5 * 60_000;
/** A site is young for its first day: its default range is everything since the start, as most of any other would be empty. */
const YOUNG_MS = 86_400_000;
/** Samples are kept this long (worker/housekeeping). */
const LONGEST_MS = 730 * 86_400_000;
const FIELD = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/;

/** The range, comparison and form fields in the overview's address. `startedAt` is when the site first reported, Unix ms. */
export function parseRange(
  params: URLSearchParams,
  now: number,
  startedAt: number | null = null,
): ParsedRange {
  const start = startedAt !== null && now - startedAt < YOUNG_MS ? rangeSince(startedAt, now) : null;
  const key = params.get("range") ?? (start ? START_KEY : null);
  const requested = { from: params.get("from") ?? "", to: params.get("to") ?? "" };
  const custom = key === "custom" ? parseCustomRange(requested, now) : null;
  const named =
    key === START_KEY ? (start ?? sampleRange(startedAt === null ? null : "24h")) : sampleRange(key);
  const range = custom && "range" in custom ? custom.range : named;
  const problem = custom && "problem" in custom ? custom.problem : null;
  const shown = range.between ?? { from: now - range.seconds * 1000, to: now };
  return {
    range,
    compareMs: params.get("compare") === "1" ? compareOffset(range.seconds, range.stepSeconds) : null,
    problem,
    fields: problem ? requested : { from: toField(shown.from), to: toField(shown.to) },
    hasStart: start !== null,
  };
}

/** Everything since the site's first report. It ends now, and grows. */
function rangeSince(startedAt: number, now: number): SampleRange {
  const seconds = Math.max(now - startedAt, SHORTEST_MS) / 1000;
  const stepSeconds = stepFor(seconds);
  return {
    key: START_KEY,
    label: "Since the start",
    words: `since the start, ${formatTime(new Date(startedAt), { now: new Date(now) })}`,
    // The bucket in which it started is part of it.
    seconds: Math.ceil(seconds) + stepSeconds,
    stepSeconds,
  };
}

/** The smallest step that keeps a length of time within 200 points. */
const stepFor = (seconds: number) =>
  STEPS.find((step) => seconds / step <= MAX_POINTS) ?? (STEPS.at(-1) as number);

function parseCustomRange(
  fields: ParsedRange["fields"],
  now: number,
): { range: SampleRange } | { problem: string } {
  const from = parseUtc(fields.from);
  const to = parseUtc(fields.to);
  if (from === null || to === null) {
    const example = toField(now - 86_400_000).replace("T", " ");
    return { problem: `Enter both a start and an end, each a date and a time in UTC, such as ${example}.` };
  }
  if (from >= now) return { problem: "The start is in the future, so there is nothing to show yet." };
  if (to <= from) return { problem: "The end must be after the start." };
  const end = Math.min(to, now);
  if (end - from < SHORTEST_MS)
    return {
      problem: `A range must be at least ${formatDuration(SHORTEST_MS / 1000)} long: enter an earlier start.`,
    };
  if (end - from > LONGEST_MS)
    return { problem: "A range can be at most 730 days long, which is how long samples are kept." };
  const seconds = (end - from) / 1000;
  return {
    range: {
      key: "custom",
      label: "Custom",
      words: `${formatTime(new Date(from))} to ${formatTime(new Date(end))}`,
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

const toField = (at: number) => new Date(at).toISOString().slice(0, 16);

/** The query of an address that shows a part of the past (Unix ms), in whole minutes, and at least as much as a range may have. */
export function zoomQuery(from: number, to: number, comparing: boolean): string {
  const missing = Math.max(0, SHORTEST_MS - (to - from)) / 2;
  const minute = (at: number, round: (value: number) => number) => toField(round(at / 60_000) * 60_000);
  const params = new URLSearchParams({
    range: "custom",
    from: minute(from - missing, Math.floor),
    to: minute(to + missing, Math.ceil),
  });
  if (comparing) params.set("compare", "1");
  return `?${params}`;
}

/** The query of an address that shows the same selection, with its range or its comparison changed. */
export function rangeQuery(
  { range, compareMs, fields }: Pick<ParsedRange, "range" | "compareMs" | "fields">,
  change: { range?: string; compare?: boolean } = {},
): string {
  const key = change.range ?? range.key;
  const params = new URLSearchParams({ range: key });
  if (key === "custom") {
    params.set("from", fields.from);
    params.set("to", fields.to);
  }
  if (change.compare ?? compareMs !== null) params.set("compare", "1");
  return `?${params}`;
}
