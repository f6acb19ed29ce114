import { describe, expect, it } from "vitest";
import { STORY_RANGES, storyRange, storySpan } from "../../app/pages/story-analytics/story-ranges";
import { bucketOf, gaps, layOut, SAMPLE_RANGES, spanOf, total } from "../../app/shared/series";
import { bucketLabel, tickLabel, timeTicks } from "../../app/ui/charts/time-axis";
import { valueTicks } from "../../app/ui/charts/value-ticks";

const now = Date.parse("2026-11-22T14:00:05Z");
const at = (iso: string) => new Date(iso);

describe("series", () => {
  it("tells a gap from a zero, and both from a bucket whose reports are still due", () => {
    const span = { from: Date.parse("2026-11-22T13:58:00Z"), to: now, stepSeconds: 30 };
    const series = layOut(
      [
        { at: at("2026-11-22T13:58:00Z"), values: { redis: 7 } },
        { at: at("2026-11-22T13:59:00Z"), values: { redis: 0 } },
      ],
      span,
      null,
      15,
    );
    expect(series.points.map((point) => [point.values?.redis ?? null, point.unfinished])).toEqual([
      [7, false],
      [null, false],
      [0, false],
      // Ended five seconds ago: its reports may be on their way.
      [null, true],
      [null, true],
    ]);
    expect(gaps(series.points)).toEqual([[1, 1]]);
    expect(total(series, "redis")).toBe(7);
  });

  it("stays under 600 points in every range, the unfinished bucket included", () => {
    for (const range of SAMPLE_RANGES) {
      const span = spanOf(range, now);
      const { points } = layOut([], span, null);
      expect(points.length).toBe(range.seconds / range.stepSeconds);
      expect(points.at(-1)?.unfinished).toBe(true);
    }
    for (const range of STORY_RANGES)
      for (const firstAt of [now - 3_600_000, now - 300 * 86_400_000, now - 4000 * 86_400_000])
        expect(layOut([], storySpan(range, now, firstAt), { views: 0 }).points.length).toBeLessThanOrEqual(
          600,
        );
  });

  it("starts days at midnight UTC and weeks on Mondays", () => {
    expect(new Date(bucketOf(now, 86_400)).toISOString()).toBe("2026-11-22T00:00:00.000Z");
    expect(new Date(bucketOf(now, 7 * 86_400)).toISOString()).toBe("2026-11-16T00:00:00.000Z");
    expect(new Date(bucketOf(Date.UTC(1999, 5, 1, 1), 86_400)).toISOString()).toBe(
      "1999-06-01T00:00:00.000Z",
    );
  });

  it("shows 30 days for 30 days, today last, and compares whole weeks", () => {
    const span = storySpan(storyRange("30d"), now, 0);
    expect((bucketOf(now, 86_400) - span.from) / 86_400_000).toBe(29);
    for (const { compare } of STORY_RANGES) if (compare) expect(compare.seconds % (7 * 86_400)).toBe(0);
    expect(storyRange("nonsense").key).toBe("30d");
  });
});

describe("axes", () => {
  const DAY = 86_400_000;
  const hours = Array.from(
    { length: 48 },
    (_, hour) => Date.parse("2026-11-20T15:00:00Z") + hour * 3_600_000,
  );
  const days = Array.from({ length: 240 }, (_, day) => Date.parse("2026-03-29T00:00:00Z") + day * 86_400_000);

  it("labels only round times, and only a few", () => {
    expect(timeTicks(hours).map((tick) => tickLabel(tick, hours, 3_600_000))).toEqual([
      "18:00",
      "21 Nov",
      "06:00",
      "12:00",
      "18:00",
      "22 Nov",
      "06:00",
      "12:00",
    ]);
    expect(timeTicks(days).map((tick) => tickLabel(tick, days, DAY))[0]).toBe("1 Apr");
    expect(timeTicks(days).length).toBe(8);
    expect(timeTicks([])).toEqual([]);
  });

  it("labels days with the same date in every zone, even if there is only one", () => {
    const day = Date.parse("2026-11-22T00:00:00Z");
    for (const offset of [-12 * 60, -210, 0, 330, 345, 14 * 60]) {
      const zone = { key: "local" as const, offsetAt: () => offset, nameAt: () => "there" };
      for (const shown of [[day], [day, day + DAY], days.slice(0, 7)])
        for (const tick of timeTicks(shown, zone))
          expect(tickLabel(tick, shown, DAY, zone)).toBe(tickLabel(tick, shown, DAY));
      expect(timeTicks([day], zone).map((tick) => tickLabel(tick, [day], DAY, zone))).toEqual(["22 Nov"]);
    }
  });

  it("names a bucket with its zone", () => {
    expect(bucketLabel(Date.parse("2026-11-22T14:00:00Z"), 600)).toBe("22 Nov 2026, 14:00–14:10 UTC");
    expect(bucketLabel(Date.parse("2026-11-22T14:00:30Z"), 30)).toBe("22 Nov 2026, 14:00:30–14:01:00 UTC");
    expect(bucketLabel(Date.parse("2026-11-22T00:00:00Z"), 86_400)).toBe("22 Nov 2026 (UTC)");
  });

  it("puts powers of ten around latencies", () => {
    expect(valueTicks([420, 2600, 150_000], "log")).toEqual([100, 1000, 10_000, 100_000, 1_000_000]);
    expect(valueTicks([1000], "log")).toEqual([1000, 10_000]);
    expect(valueTicks([], "log")).toEqual([1, 10]);
  });
});
