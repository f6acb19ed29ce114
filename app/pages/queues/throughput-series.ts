import { bucketOf, layOut, type SampleRange, type Series, spanOf } from "~/shared/series";
import type { PerMinute, Throughput } from "~/telemetry/queue-reading";

export type ThroughputSeries = Series<"completed" | "failed">;

/** BullMQ's counters cover a week, so longer ranges have no chart. */
export const THROUGHPUT_RANGES = [
  { key: "24h", label: "24 h", words: "the last 24 hours", seconds: 86_400, stepSeconds: 1800 },
  { key: "7d", label: "7 d", words: "the last 7 days", seconds: 7 * 86_400, stepSeconds: 4 * 3600 },
] as const satisfies readonly SampleRange[];

const MINUTE_MS = 60_000;

/**
 * Adds minutes up to buckets. A bucket before the worker's first counted job is unknown, not zero: the counters are as old as
 * that job. Since the last one, no job has ended.
 */
export function throughputSeries(throughput: Throughput, range: SampleRange, now: number): ThroughputSeries {
  const span = spanOf(range, now);
  const { stepSeconds } = range;
  const buckets = new Map<number, { completed: number; failed: number }>();
  const add = (key: "completed" | "failed", { counts, newestAt }: PerMinute) => {
    counts.forEach((jobs, minutesAgo) => {
      if (newestAt === null || jobs === 0) return;
      const at = bucketOf(newestAt - minutesAgo * MINUTE_MS, stepSeconds);
      const bucket = buckets.get(at) ?? { completed: 0, failed: 0 };
      bucket[key] += jobs;
      buckets.set(at, bucket);
    });
  };
  add("completed", throughput.completed);
  add("failed", throughput.failed);
  const known = knownSince(throughput);
  const rows = [];
  for (let at = span.from; at <= span.to; at += stepSeconds * 1000)
    if (known !== null && at >= bucketOf(known, stepSeconds))
      rows.push({ at: new Date(at), values: buckets.get(at) ?? { completed: 0, failed: 0 } });
  return layOut(rows, span, null);
}

/** The start of the oldest minute that either counter knows of, Unix ms; null before the first job. */
function knownSince({ completed, failed }: Throughput): number | null {
  const oldest = [completed, failed].flatMap(({ counts, newestAt }) =>
    newestAt === null ? [] : [newestAt - (counts.length - 1) * MINUTE_MS],
  );
  return oldest.length > 0 ? Math.min(...oldest) : null;
}
