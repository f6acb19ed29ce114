/** One bucket of time. `values` is null where no process reported: a gap, which is not zero. */
export interface Point<K extends string = string> {
  /** Start of the bucket, Unix ms. */
  at: number;
  values: Record<K, number | null> | null;
  /** The bucket has not ended, or may still get rows. */
  unfinished: boolean;
}

export interface Series<K extends string = string> {
  stepSeconds: number;
  points: Point<K>[];
}

/** A range that operators can select. Its step keeps a series within 200 points. */
export interface SampleRange {
  key: string;
  label: string;
  words: string;
  seconds: number;
  stepSeconds: number;
  /** The start and end of a custom range, Unix ms. Without them, a range ends now. */
  between?: { from: number; to: number };
}

/** The ranges that pages offer as links; the first is the default. */
export const SAMPLE_RANGES: readonly [SampleRange, ...SampleRange[]] = [
  { key: "1h", label: "1 h", words: "the last hour", seconds: 3600, stepSeconds: 30 },
  { key: "6h", label: "6 h", words: "the last 6 hours", seconds: 6 * 3600, stepSeconds: 120 },
  { key: "24h", label: "24 h", words: "the last 24 hours", seconds: 86_400, stepSeconds: 600 },
  { key: "7d", label: "7 d", words: "the last 7 days", seconds: 7 * 86_400, stepSeconds: 3600 },
  { key: "30d", label: "30 d", words: "the last 30 days", seconds: 30 * 86_400, stepSeconds: 4 * 3600 },
  { key: "90d", label: "90 d", words: "the last 90 days", seconds: 90 * 86_400, stepSeconds: 12 * 3600 },
];

/** The name of the range of a young site: everything since its start. */
export const START_KEY = "start";

/** The range that an address names; the first one for anything else. */
export const sampleRange = (key: string | null): SampleRange =>
  SAMPLE_RANGES.find((range) => range.key === key) ?? SAMPLE_RANGES[0];

/** Weeks start on Mondays, so buckets of any step are counted from one (UTC). */
export const BUCKET_ORIGIN = Date.UTC(2000, 0, 3);

/** The start of the bucket that a time falls into, Unix ms. */
export const bucketOf = (at: number, stepSeconds: number) => {
  const step = stepSeconds * 1000;
  return BUCKET_ORIGIN + Math.floor((at - BUCKET_ORIGIN) / step) * step;
};

/** A range as the buckets that it covers. */
export interface Span {
  /** Unix ms; `from` is the start of a bucket. */
  from: number;
  to: number;
  stepSeconds: number;
  /** The current time, where it is not `to`: it decides which buckets are unfinished. */
  now?: number;
}

/**
 * The buckets of a range. A range that ends now has the unfinished bucket and as many before it as fit; a range in the past
 * has every bucket that it touches, in full.
 */
export function spanOf(
  { seconds, stepSeconds, between }: Pick<SampleRange, "seconds" | "stepSeconds" | "between">,
  now: number,
): Span {
  const step = stepSeconds * 1000;
  if (!between) return { from: bucketOf(now - seconds * 1000, stepSeconds) + step, to: now, stepSeconds };
  const end = bucketOf(between.to - 1, stepSeconds) + step - 1;
  return { from: bucketOf(between.from, stepSeconds), to: Math.min(end, now), stepSeconds, now };
}

/** The same span, `ms` earlier: the period that a range is compared with. */
export const shiftEarlier = (span: Span, ms: number): Span => ({
  ...span,
  from: span.from - ms,
  to: span.to - ms,
  now: span.now ?? span.to,
});

/**
 * Lays rows out on every bucket of a span. `missing` is the value of a bucket without a row: null for samples, as no
 * process reported; zeros for a history that is complete. A bucket may still get rows `lateSeconds` after its end.
 */
export function layOut<K extends string>(
  rows: { at: Date; values: Record<K, number | null> }[],
  { from, to, stepSeconds, now = to }: Span,
  missing: Record<K, number> | null,
  lateSeconds = 0,
): Series<K> {
  const known = new Map(rows.map((row) => [row.at.getTime(), row.values]));
  const points: Point<K>[] = [];
  for (let at = from; at <= to; at += stepSeconds * 1000)
    points.push({
      at,
      values: known.get(at) ?? missing,
      unfinished: at + (stepSeconds + lateSeconds) * 1000 > now,
    });
  return { stepSeconds, points };
}

/** The sum of one column over all buckets that reported. */
export const total = <K extends string>(series: Series<K>, key: K) =>
  series.points.reduce((sum, point) => sum + (point.values?.[key] ?? 0), 0);

/** Runs of neighbouring buckets that pass a test, as [first, last] positions. */
export function runs<K extends string>(
  points: Point<K>[],
  test: (point: Point<K>) => boolean,
): [number, number][] {
  const found: [number, number][] = [];
  points.forEach((point, position) => {
    if (!test(point)) return;
    const last = found.at(-1);
    if (last && last[1] === position - 1) last[1] = position;
    else found.push([position, position]);
  });
  return found;
}

/** Runs of buckets without reports. The unfinished bucket may still get some, so it is not a gap. */
export const gaps = <K extends string>(points: Point<K>[]) =>
  runs(points, (point) => point.values === null && !point.unfinished);
