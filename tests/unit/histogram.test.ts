import { describe, expect, it } from "vitest";
import {
  addBuckets,
  bucketIndex,
  emptyBuckets,
  LATENCY_BOUNDS_US,
  quantile,
} from "../../app/shared/histogram";
import { createRandom } from "../../prisma/seed/random";

function bucketsOf(latencies: number[]) {
  const counts = emptyBuckets();
  for (const latency of latencies) counts[bucketIndex(latency)] = (counts[bucketIndex(latency)] ?? 0) + 1;
  return counts;
}

describe("the latency buckets", () => {
  it("rise, and include their upper bound", () => {
    expect([...LATENCY_BOUNDS_US].sort((a, b) => a - b)).toEqual(LATENCY_BOUNDS_US);
    expect([1, 100, 101, 250].map(bucketIndex)).toEqual([0, 0, 1, 1]);
    expect(bucketIndex(10_000_001)).toBe(LATENCY_BOUNDS_US.length);
  });
});

describe("a quantile", () => {
  it("is interpolated within its bucket", () => {
    // 500 to 750 µs: 4 views. 750 to 1,000 µs: 4 views.
    const counts = bucketsOf([600, 600, 600, 600, 800, 800, 800, 800]);
    expect(quantile(0.25, counts)).toBe(625);
    expect(quantile(0.5, counts)).toBe(750);
    expect(quantile(0.75, counts)).toBe(875);
    expect(quantile(1, counts)).toBe(1000);
  });

  it("starts from zero in the first bucket, and is the last bound beyond it", () => {
    expect(quantile(0.5, bucketsOf([10, 90]))).toBe(50);
    expect(quantile(0.99, bucketsOf([20_000_000]))).toBe(10_000_000);
  });

  it("of nothing is null", () => {
    expect(quantile(0.5, emptyBuckets())).toBeNull();
    expect(quantile(0.5, [])).toBeNull();
  });

  it("of merged histograms is that of all their observations, within the width of a bucket", () => {
    const random = createRandom(7);
    for (let round = 0; round < 50; round += 1) {
      const processes = Array.from({ length: 4 }, () =>
        Array.from({ length: 1 + Math.floor(random.next() * 500) }, () =>
          Math.ceil(10 ** (1 + random.next() * 5.9)),
        ),
      );
      const all = processes.flat().sort((a, b) => a - b);
      const merged = addBuckets(processes.map(bucketsOf));
      for (const q of [0.1, 0.5, 0.9, 0.99, 1]) {
        const exact = all[Math.max(0, Math.ceil(q * all.length) - 1)] as number;
        const bucket = bucketIndex(exact);
        const found = quantile(q, merged) as number;
        expect(found).toBeGreaterThanOrEqual(LATENCY_BOUNDS_US[bucket - 1] ?? 0);
        expect(found).toBeLessThanOrEqual(LATENCY_BOUNDS_US[bucket] as number);
      }
    }
  });
});
