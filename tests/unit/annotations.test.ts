import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineLanes, laneOf, type Move, outagesOf } from "../../app/pages/overview/queries/mode-lanes";
import { type Annotation, annotationsAt, annotationsOf, onBuckets } from "../../app/shared/annotations";
import { pausesOf } from "../../app/telemetry/sync-pauses";

const MINUTE = 60_000;
const move = (at: number, to: string, from = "redis", process = "web-1"): Move => ({
  at,
  process,
  role: "web",
  from,
  to,
  reason: `to ${to}`,
});
const ran = (from: number, to: number, process = "web-1") => ({ process, role: "web", from, to });

describe("the lane of one process", () => {
  it("starts with the mode from before the range, and ends where the process stopped", () => {
    const moves = [move(-500, "redis", "started"), move(200, "database"), move(300, "redis", "database")];
    const { segments } = laneOf("web-1", moves, [ran(-500, 600)], 0, 1000);
    expect(segments.map(({ from, to, mode }) => [from, to, mode])).toEqual([
      [0, 200, "redis"],
      [200, 300, "database"],
      [300, 600, "redis"],
    ]);
    expect(segments[1]?.reason).toBe("to database");
  });

  it("has a gap, not a mode, where the process did not run", () => {
    const { segments } = laneOf(
      "web-1",
      [move(-5, "redis", "started")],
      [ran(0, 100), ran(300, 400)],
      0,
      400,
    );
    expect(segments.map(({ from, to }) => [from, to])).toEqual([
      [0, 100],
      [300, 400],
    ]);
  });

  it("takes the mode before the first move from that move", () => {
    const { segments } = laneOf("web-1", [move(50, "database")], [ran(0, 100)], 0, 100);
    expect(segments.map(({ mode, reason }) => [mode, reason])).toEqual([
      ["redis", ""],
      ["database", "to database"],
    ]);
  });
});

describe("the combined lane of all processes", () => {
  it("shows the worst mode, and how many processes are in it", () => {
    const one = laneOf("web-1", [move(0, "redis", "started")], [ran(0, 100)], 0, 100);
    const two = laneOf(
      "web-2",
      [move(0, "redis", "started", "web-2"), move(40, "database", "redis", "web-2")],
      [ran(0, 80, "web-2")],
      0,
      100,
    );
    const { segments } = combineLanes([one, two]);
    expect(segments.map(({ from, to, mode }) => [from, to, mode])).toEqual([
      [0, 40, "redis"],
      [40, 80, "database"],
      [80, 100, "redis"],
    ]);
    expect(segments[1]?.reason).toBe("1 of 2 processes: to database");
    expect(outagesOf(combineLanes([one, two]), 100)).toMatchObject([{ from: 40, to: 80 }]);
  });

  it("covers exactly the times at which a process ran, and has no overlaps", () => {
    const lane = fc
      .array(
        fc.tuple(
          fc.integer({ min: 0, max: 90 }),
          fc.integer({ min: 1, max: 10 }),
          fc.constantFrom("redis", "database", "journal"),
        ),
        { maxLength: 6 },
      )
      .map((parts) => {
        let at = 0;
        return {
          name: "p",
          segments: parts.map(([wait, length, mode]) => {
            const from = at + wait;
            at = from + length;
            return { from, to: at, mode, reason: "" };
          }),
        };
      });
    fc.assert(
      fc.property(fc.array(lane, { maxLength: 4 }), (lanes) => {
        const { segments } = combineLanes(lanes);
        for (const [position, segment] of segments.entries()) {
          expect(segment.to).toBeGreaterThan(segment.from);
          expect(segment.from).toBeGreaterThanOrEqual(segments[position - 1]?.to ?? 0);
          const middle = (segment.from + segment.to) / 2;
          const modes = lanes.flatMap((each) =>
            each.segments.filter(({ from, to }) => from <= middle && middle < to).map(({ mode }) => mode),
          );
          expect(modes).toContain(segment.mode);
        }
        const covered = segments.reduce((sum, { from, to }) => sum + to - from, 0);
        const moments = new Set(
          lanes.flatMap((each) =>
            each.segments.flatMap(({ from, to }) =>
              Array.from({ length: to - from }, (_, step) => from + step),
            ),
          ),
        );
        expect(covered).toBe(moments.size);
      }),
    );
  });
});

describe("pauses", () => {
  const setting = (at: number, pausedUntil: number | null) => ({
    at,
    pausedUntil,
    reason: "moving Redis",
    intervalHours: 12,
  });

  it("end on time, end when an operator resumes, or are still open", () => {
    expect(pausesOf([setting(0, 100)], 500)).toMatchObject([{ from: 0, to: 100 }]);
    expect(pausesOf([setting(0, 100), setting(40, null)], 500)).toMatchObject([{ from: 0, to: 40 }]);
    expect(pausesOf([setting(0, 900)], 500)).toMatchObject([{ from: 0, to: null }]);
  });

  it("that are extended are one pause", () => {
    expect(pausesOf([setting(0, 100), setting(50, 200)], 500)).toMatchObject([{ from: 0, to: 200 }]);
  });
});

describe("annotations", () => {
  const nothing = { outages: [], pauses: [], drills: [], starts: [] };

  it("show an outage that a drill caused as the drill alone", () => {
    const drill = { from: 100_000, to: 160_000, label: "a drill" };
    const rehearsed = { from: 100_500, to: 162_000, label: "database" };
    const real = { from: 300_000, to: 400_000, label: "database" };
    const annotations = annotationsOf(
      { ...nothing, outages: [rehearsed, real], drills: [drill] },
      0,
      500_000,
    );
    expect(annotations.map(({ kind, from }) => [kind, from])).toEqual([
      ["drill", 100_000],
      ["outage", 300_000],
    ]);
  });

  it("show processes that start together as one deploy", () => {
    const starts = [0, 20_000, 600_000].map((at) => ({ at, process: `web-${at}` }));
    expect(annotationsOf({ ...nothing, starts }, 0, 700_000).map(({ label }) => label)).toEqual([
      "2 processes started",
      "a process started",
    ]);
  });

  it("are on every bucket that they touch, on no other, and never twice", () => {
    const period = fc
      .tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: 0, max: 60 }))
      .map(([from, length]) => ({ from: from * MINUTE, to: (from + length) * MINUTE, label: "x" }));
    fc.assert(
      fc.property(fc.array(period, { maxLength: 8 }), (outages) => {
        const times = Array.from({ length: 20 }, (_, position) => position * 5 * MINUTE);
        const annotations = annotationsOf({ ...nothing, outages }, 0, 100 * MINUTE - 1);
        const found = onBuckets(annotations, times, 300);
        for (const at of times) {
          const touched = outages.some(({ from, to }) => from < at + 5 * MINUTE && to >= at);
          expect(annotationsAt(found, at).length).toBe(touched ? 1 : 0);
        }
      }),
    );
  });

  it("that ended before a chart starts are not on it", () => {
    const annotation: Annotation = { kind: "outage", from: 0, to: MINUTE, ongoing: false, label: "x" };
    expect(onBuckets([annotation], [10 * MINUTE, 11 * MINUTE], 60)).toEqual([]);
  });
});
