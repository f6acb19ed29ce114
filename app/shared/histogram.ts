/**
 * Upper bounds of the latency buckets, µs, each inclusive; one more bucket holds everything slower. The Prometheus
 * histogram and the samples in Postgres share them. Stored samples depend on them: a change needs a migration that empties
 * `Sample.latencyBuckets`.
 */
export const LATENCY_BOUNDS_US: readonly number[] = [
  100, 250, 500, 750, 1000, 1500, 2500, 5000, 7500, 10_000, 15_000, 25_000, 50_000, 75_000, 100_000, 150_000,
  200_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/** Counts for each bucket, all zero. */
export const emptyBuckets = (): number[] => new Array(LATENCY_BOUNDS_US.length + 1).fill(0);

/** The position of the bucket that a latency belongs to. */
export function bucketIndex(microseconds: number): number {
  const index = LATENCY_BOUNDS_US.findIndex((bound) => microseconds <= bound);
  return index === -1 ? LATENCY_BOUNDS_US.length : index;
}

/** The counts of several histograms, added up. */
export function addBuckets(histograms: readonly (readonly number[])[]): number[] {
  const sum = emptyBuckets();
  for (const counts of histograms) for (const [i, count] of counts.entries()) sum[i] = (sum[i] ?? 0) + count;
  return sum;
}

/**
 * A quantile (0 to 1) of bucketed latencies, µs, as Prometheus' histogram_quantile computes it: interpolated within its
 * bucket, and the highest bound when it lies beyond that. Null when nothing was measured.
 */
export function quantile(q: number, counts: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = q * total;
  let below = 0;
  for (const [i, upper] of LATENCY_BOUNDS_US.entries()) {
    const count = counts[i] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = LATENCY_BOUNDS_US[i - 1] ?? 0;
      return lower + (upper - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return LATENCY_BOUNDS_US.at(-1) ?? null;
}
