import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange, rangeQuery, zoomQuery } from "../../app/pages/overview/parse-range";
import { missed } from "../../app/pages/overview/queries/sync-series";
import { compareOffset, compareSeries, formatOffset } from "../../app/shared/compare";
import { formatTime } from "../../app/shared/format";
import { OPERATIONS_PAGES, operationsPageAt } from "../../app/shared/operations-nav";
import { layOut, SAMPLE_RANGES, spanOf } from "../../app/shared/series";
import { formatAxisDuration } from "../../app/ui/charts/value-axis";
import { valueTicks } from "../../app/ui/charts/value-ticks";
import { pressed, SEQUENCE_MS } from "../../app/ui/shell/shortcuts";
import { splitAtTimes } from "../../app/ui/time/split-at-times";
import { formatTimeIn, type Zone } from "../../app/ui/time/zone";

const now = Date.parse("2026-11-22T14:00:05Z");
const DAY = 86_400_000;
const field = (at: number) => new Date(at).toISOString().slice(0, 16);
const parse = (query: string) => parseRange(new URLSearchParams(query), now);

describe("the range that an address names", () => {
  it("is the last hour for an unknown name, without an error", () => {
    expect(parse("range=nonsense")).toMatchObject({ range: { key: "1h" }, problem: null, compareMs: null });
  });

  it.each([
    ["range=custom", "Enter both a start and an end"],
    ["range=custom&from=yesterday&to=2026-11-22T10:00", "Enter both a start and an end"],
    ["range=custom&from=2026-13-45T10:00&to=2026-11-22T10:00", "Enter both a start and an end"],
    ["range=custom&from=2026-11-22T10:00&to=2026-11-22T09:00", "The end must be after the start."],
    ["range=custom&from=2027-01-01T00:00&to=2027-01-02T00:00", "is in the future"],
    ["range=custom&from=2026-11-22T10:00&to=2026-11-22T10:03", "at least 5 minutes"],
    ["range=custom&from=2020-01-01T00:00&to=2026-11-22T10:00", "at most 730 days"],
  ])("%s is refused with a reason, and the default range is shown", (query, words) => {
    const { problem, range } = parse(query);
    expect(problem).toContain(words);
    expect(range.key).toBe("1h");
  });

  it("has at most 202 points, in whole buckets, and covers the requested time", () => {
    const times = fc.tuple(fc.integer({ min: 0, max: 700 * 1440 }), fc.integer({ min: 6, max: 729 * 1440 }));
    fc.assert(
      fc.property(times, ([ago, minutes]) => {
        const to = now - ago * 60_000;
        const { range, problem } = parse(`range=custom&from=${field(to - minutes * 60_000)}&to=${field(to)}`);
        expect(problem).toBeNull();
        const span = spanOf(range, now);
        const { points } = layOut([], span, null);
        expect(points.length).toBeLessThanOrEqual(202);
        expect(points[0]?.at).toBeLessThanOrEqual(range.between?.from ?? 0);
        expect((points.at(-1)?.at ?? 0) + range.stepSeconds * 1000).toBeGreaterThanOrEqual(
          range.between?.to ?? 0,
        );
        // A range that has ended has no unfinished bucket.
        if (to < now - 8 * DAY) expect(points.some((point) => point.unfinished)).toBe(false);
      }),
    );
  });

  it("is everything since the start on a young site, unless another is named", () => {
    const young = (query: string, hours: number) =>
      parseRange(new URLSearchParams(query), now, now - hours * 3_600_000);
    expect(young("", 2)).toMatchObject({
      hasStart: true,
      range: { key: "start", stepSeconds: 60, words: "since the start, 12:00 UTC" },
    });
    const { from } = spanOf(young("", 2).range, now);
    expect(from, "with the bucket of the first report").toBeLessThanOrEqual(now - 2 * 3_600_000);
    expect(young("range=1h", 2).range.key).toBe("1h");
    expect(young("", 25)).toMatchObject({ hasStart: false, range: { key: "1h" } });
    expect(young("range=start", 25).range.key, "a link from its first day").toBe("24h");
    expect(parse("range=start").range.key).toBe("1h");
  });

  it("covers what was zoomed to, and at least five minutes", () => {
    const zoomed = (from: number, to: number) => parse(zoomQuery(from, to, false).slice(1));
    expect(zoomed(now - 3_600_000, now - 1_800_000).range.between).toEqual({
      from: Date.parse("2026-11-22T13:00:00Z"),
      to: Date.parse("2026-11-22T13:31:00Z"),
    });
    const { problem, range } = zoomed(now - 3_600_000, now - 3_599_000);
    expect(problem).toBeNull();
    expect(range.seconds).toBeGreaterThanOrEqual(300);
  });

  it("survives the round trip through its address", () => {
    for (const query of ["range=30d&compare=1", "range=custom&from=2026-11-20T10:00&to=2026-11-21T10:00"]) {
      const parsed = parse(query);
      expect(parse(rangeQuery(parsed).slice(1))).toEqual(parsed);
    }
  });
});

describe("the comparison period", () => {
  it("lies whole buckets earlier, and whole weeks from seven days on", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 400 * 86_400 }),
        fc.constantFrom(10, 600, 3600, 43_200),
        (seconds, step) => {
          const offset = compareOffset(seconds, step) / 1000;
          expect(offset).toBeGreaterThanOrEqual(seconds);
          expect(offset % step).toBe(0);
          if (seconds >= 7 * 86_400) expect(offset % (7 * 86_400)).toBe(0);
        },
      ),
    );
    const words = SAMPLE_RANGES.map(({ seconds, stepSeconds }) =>
      formatOffset(compareOffset(seconds, stepSeconds)),
    );
    expect(words).toEqual([
      "an hour earlier",
      "6 hours earlier",
      "a day earlier",
      "a week earlier",
      "5 weeks earlier",
      "13 weeks earlier",
    ]);
  });

  it("is matched bucket by bucket, with gaps where it had no reports", () => {
    const at = (minute: number) => Date.UTC(2026, 10, 22, 14, minute);
    const point = (minute: number, views: number | null) => ({
      at: at(minute),
      values: views === null ? null : { views },
      unfinished: false,
    });
    const series = { stepSeconds: 60, points: [point(30, 5), point(31, 6)] };
    const before = { stepSeconds: 60, points: [point(0, 3), point(1, null)] };
    expect(compareSeries(series, before, 30 * 60_000).points.map((each) => each.before)).toEqual([
      { views: 3 },
      null,
    ]);
  });
});

describe("the schedule", () => {
  it("shows where a run was due and did not start", () => {
    const run = (hours: number, kind: "scheduled" | "requested" = "scheduled") => ({
      at: hours * 3_600_000,
      kind,
    });
    const marks = [run(0), run(5, "requested"), run(12), run(36)];
    expect(missed(marks, 12 * 3600, 40 * 3_600_000)).toEqual([{ at: 24 * 3_600_000, kind: "missed" }]);
    expect(missed(marks, 12 * 3600, 55 * 3_600_000).at(-1)).toEqual({ at: 48 * 3_600_000, kind: "missed" });
  });
});

describe("axes", () => {
  it("have a few round ticks that reach the highest value", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.constantFrom("count" as const, "duration" as const),
        (highest, scale) => {
          const ticks = valueTicks([highest], scale);
          expect(ticks[0]).toBe(0);
          expect(ticks.every(Number.isInteger)).toBe(true);
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest);
          expect(ticks.length).toBeLessThanOrEqual(7);
          expect(new Set(ticks).size).toBe(ticks.length);
        },
      ),
    );
    expect(valueTicks([43], "count")).toEqual([0, 20, 40, 60]);
    expect(valueTicks([], "count")).toEqual([0, 1]);
    const hours = valueTicks([43_000], "duration").map(formatAxisDuration);
    expect(hours).toEqual(["0", "3 h", "6 h", "9 h", "12 h"]);
  });
});

describe("times in the viewer's zone", () => {
  const berlin: Zone = { key: "local", offsetAt: () => 60, nameAt: () => "CET" };

  it("finds the times in a sentence, and keeps its other words", () => {
    const parts = splitAtTimes("Since 21 Nov, 23:30 UTC. 214 were waiting at 14:00:05 UTC.", new Date(now));
    expect(parts).toEqual([
      { text: "Since " },
      { text: "21 Nov, 23:30 UTC", at: Date.parse("2026-11-21T23:30:00Z"), seconds: false },
      { text: ". 214 were waiting at " },
      { text: "14:00:05 UTC", at: now, seconds: true },
      { text: "." },
    ]);
  });

  it("reads back written dates of every month", () => {
    for (let month = 0; month < 12; month += 1) {
      const at = new Date(Date.UTC(2025, month, 9, 8, 5));
      expect(splitAtTimes(formatTime(at, { now: new Date(now) }), new Date(now))).toMatchObject([
        { at: at.getTime() },
      ]);
    }
  });

  it("has the date where the zone's day differs", () => {
    const at = new Date("2026-11-21T23:30:00Z");
    expect(formatTimeIn(berlin, at, { now: new Date(now) })).toBe("00:30 CET");
    expect(formatTimeIn(berlin, at, { now: new Date("2026-11-21T12:00:00Z") })).toBe("22 Nov, 00:30 CET");
  });
});

describe("the operators' keyboard shortcuts", () => {
  it("open a page after g, in time, and do nothing otherwise", () => {
    const afterG = pressed("g", { goPressedAt: null }, 0).state;
    expect(pressed("s", afterG, 100).action).toMatchObject({ kind: "go", page: { to: "/admin/sync" } });
    expect(pressed("s", afterG, SEQUENCE_MS + 1).action).toBeNull();
    expect(pressed("s", { goPressedAt: null }, 0).action).toBeNull();
    expect(pressed("?", { goPressedAt: null }, 0).action).toEqual({ kind: "list" });
  });

  it("open every page of the operators' navigation", () => {
    const afterG = pressed("g", { goPressedAt: null }, 0).state;
    for (const page of OPERATIONS_PAGES)
      expect(pressed(page.shortcut, afterG, 100).action).toEqual({ kind: "go", page });
  });
});

describe("the operators' navigation", () => {
  it("knows the page that an address belongs to", () => {
    const at = (path: string) => operationsPageAt(path)?.label;
    expect(["/admin", "/admin/alerts", "/admin/alerts/12", "/admin/stories/the-pilot"].map(at)).toEqual([
      "Overview",
      "Alerts",
      "Alerts",
      "Stories",
    ]);
    expect(at("/administrators")).toBeUndefined();
  });
});
