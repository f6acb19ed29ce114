import { describe, expect, it } from "vitest";
import { mergeSegments } from "../../app/pages/overview/charts/merge-segments";
import { labelOf } from "../../app/pages/overview/charts/mode-band";

const segment = (from: number, to: number, mode: string, reason = "") => ({ from, to, mode, reason });

describe("the bands of a lane", () => {
  it("draws outages that lie close together as one, on the ground that they share", () => {
    const bands = mergeSegments(
      [
        segment(0, 100_000, "redis"),
        segment(100_000, 102_000, "database", "the connection to Redis was lost"),
        segment(102_000, 105_000, "redis"),
        segment(105_000, 109_000, "database", "no answer"),
        segment(109_000, 500_000, "redis"),
        segment(500_000, 501_000, "database", "no answer"),
        segment(501_000, 1_000_000, "redis"),
      ],
      0,
      1_000_000,
    );
    expect(bands.filter(({ mode }) => mode === "database")).toMatchObject([
      { from: 100_000, to: 109_000, count: 2, lasted: 6000 },
      { from: 500_000, to: 501_000, count: 1, lasted: 1000 },
    ]);
    expect(bands.filter(({ mode }) => mode === "redis").map(({ from, to }) => [from, to])).toEqual([
      [0, 100_000],
      [102_000, 105_000],
      [109_000, 500_000],
      [501_000, 1_000_000],
    ]);
    expect(bands.map(labelOf)).toContain("2 × Database, 6 seconds in all: no answer");
  });

  it("leaves a gap in which no process was running", () => {
    const bands = mergeSegments([segment(0, 1000, "redis"), segment(5000, 1_000_000, "redis")], 0, 1_000_000);
    expect(bands.map(({ from, to }) => [from, to])).toEqual([
      [0, 1000],
      [5000, 1_000_000],
    ]);
  });
});
