import { describe, expect, it } from "vitest";
import { csvHead, csvLine, streamText } from "../../app/platform/csv";
import {
  formatCount,
  formatDuration,
  formatLatency,
  formatList,
  formatNumber,
  formatPercent,
  formatStep,
  formatTime,
} from "../../app/shared/format";

describe("numbers and times in words", () => {
  it("writes numbers with their units", () => {
    expect([
      formatNumber(0),
      formatNumber(999),
      formatNumber(1000),
      formatNumber(12_614),
      formatNumber(1_948_644),
      formatNumber(-1234.5),
    ]).toEqual(["0", "999", "1,000", "12,614", "1,948,644", "−1,234.5"]);
    expect([formatCount(1, "view"), formatCount(214, "view")]).toEqual(["1 view", "214 views"]);
    expect([formatPercent(0), formatPercent(0.0041), formatPercent(0.1234), formatPercent(1.02)]).toEqual([
      "0%",
      "0.4%",
      "12%",
      "102%",
    ]);
    expect([840, 4234, 153_400, 1_000_000, 2_430_000].map(formatLatency)).toEqual([
      "0.84 ms",
      "4.2 ms",
      "153 ms",
      "1 s",
      "2.4 s",
    ]);
    expect(formatList(["a", "b", "c"])).toBe("a, b and c");
  });

  it("writes durations as people say them", () => {
    expect([1, 75, 2400, 3600, 19 * 3600, 3 * 86_400].map(formatDuration)).toEqual([
      "1 second",
      "75 seconds",
      "40 minutes",
      "1 hour",
      "19 hours",
      "3 days",
    ]);
    expect([formatStep(3600), formatStep(30)]).toEqual(["hour", "30 seconds"]);
  });

  it("writes times with their zone, and with the date when it is not today", () => {
    const now = new Date("2026-11-22T14:00:00Z");
    expect(formatTime(new Date("2026-11-22T12:41:09Z"), { now })).toBe("12:41 UTC");
    expect(formatTime(new Date("2026-11-22T12:41:09Z"), { now, seconds: true })).toBe("12:41:09 UTC");
    expect(formatTime(new Date("2026-11-21T23:59:00Z"), { now })).toBe("21 Nov, 23:59 UTC");
    expect(formatTime(new Date("2025-11-21T23:59:00Z"), { now })).toBe("21 Nov 2025, 23:59 UTC");
  });
});

describe("CSV", () => {
  it("quotes cells that need it and disarms formulas", () => {
    expect(csvLine(["a,b", 'say "x"', "=1+1", -5, null, new Date(0), 7n])).toBe(
      `"a,b","say ""x""","'=1+1",-5,,1970-01-01T00:00:00.000Z,7\r\n`,
    );
    expect(csvHead(["a", "b"])).toBe('\uFEFF"a","b"\r\n');
  });

  it("no text of anyone's becomes a formula, whatever a spreadsheet takes for a separator", () => {
    for (const start of ["=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
      for (const before of ["", "x,", "x;", "x\t", "x|", "x\n", "x\r"])
        expect(csvLine([before + start]).slice(1)).toContain(`${before}'${start.charAt(0)}`);
    expect(csvLine(["a-b = c + d@e; f"])).toBe('"a-b = c + d@e; f"\r\n');
  });

  it("stops reading when the download is cancelled", async () => {
    let ended = false;
    async function* parts() {
      try {
        for (;;) yield "x";
      } finally {
        ended = true;
      }
    }
    const reader = streamText(parts()).getReader();
    await reader.read();
    await reader.cancel();
    expect(ended).toBe(true);
  });
});
