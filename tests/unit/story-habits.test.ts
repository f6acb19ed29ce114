import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestOf } from "../../app/pages/story-analytics/over-time/read-habits";
import { curveOf } from "../../app/pages/story-analytics/over-time/read-releases";
import {
  clockStretches,
  countWeekHours,
  formatMean,
  WEEK_HOURS,
  weekHourOf,
} from "../../app/pages/story-analytics/over-time/week-hours";
import { HOUR_MS, zoneClock } from "../../app/shared/calendar";

const at = (text: string) => Date.parse(`${text}:00Z`);

describe("hours of the week in a zone", () => {
  it("starts on Monday at midnight", () => {
    expect(weekHourOf(at("2026-11-23T00:00"), 0)).toBe(0);
    expect(weekHourOf(at("2026-11-22T23:00"), 0)).toBe(167);
    expect(weekHourOf(at("2026-11-22T23:00"), HOUR_MS)).toBe(0);
  });

  it("cuts a span where the clocks change", () => {
    const stretches = clockStretches(
      zoneClock("Europe/Berlin"),
      at("2026-10-20T00:00"),
      at("2026-10-30T00:00"),
    );
    expect(stretches).toEqual([
      { from: at("2026-10-20T00:00"), to: at("2026-10-25T01:00"), offset: 2 * HOUR_MS },
      { from: at("2026-10-25T01:00"), to: at("2026-10-30T00:00"), offset: HOUR_MS },
    ]);
  });

  it("counts how often each hour occurs as a walk through all hours does", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca"),
        fc.integer({ min: 0, max: 24 * 700 }),
        fc.integer({ min: 0, max: 24 * 200 }),
        (zone, first, length) => {
          const from = at("2025-01-01T00:00") + first * HOUR_MS;
          const to = from + length * HOUR_MS;
          const clock = zoneClock(zone);
          const naive = new Array(WEEK_HOURS).fill(0);
          for (let hour = from; hour < to; hour += HOUR_MS) {
            const wall = new Date(clock.wallOf(hour));
            naive[((wall.getUTCDay() + 6) % 7) * 24 + wall.getUTCHours()] += 1;
          }
          expect(countWeekHours(clockStretches(clock, from, to))).toEqual(naive);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it("writes small means with a decimal", () => {
    expect([formatMean(0), formatMean(2.34), formatMean(1234.5)]).toEqual(["0.0", "2.3", "1,235"]);
  });
});

describe("the best day and hour in words", () => {
  const day = (place: number) => at("2026-11-02T00:00") + place * 24 * HOUR_MS;
  const clock = zoneClock("UTC");
  const week = new Array(WEEK_HOURS).fill(1);
  week[6 * 24 + 20] = 12.4;
  const hour = { hour: new Date(at("2026-11-08T20:00")), views: 31 };

  it("names the day, the hour, and the hour of the week where there are two weeks", () => {
    const views = [5, 9, 9, ...new Array(11).fill(2)];
    const days = views.map((_, place) => day(place));
    expect(bestOf(clock, days, views, hour, week)).toEqual([
      "Best day: 4 Nov 2026, 9 views.",
      "Best hour: 8 Nov 2026, 20:00–21:00, 31 views.",
      "Busiest hour of the week: Sundays, 20:00–21:00, 12 views on average.",
    ]);
  });
  it("names no day of a single day, and nothing of nothing", () => {
    expect(bestOf(clock, [day(0)], [3], hour, week)).toEqual([
      "Best hour: 8 Nov 2026, 20:00–21:00, 31 views.",
    ]);
    expect(bestOf(clock, [day(0)], [0], null, week)).toEqual([]);
  });
});

describe("a chapter's first days", () => {
  const start = at("2026-11-01T10:00");
  const views = new Map([
    [0, 5],
    [2, 3],
    [9, 100],
  ]);
  it("adds up its views by age, and ends where the chapter is", () => {
    expect(curveOf(views, start, at("2026-11-04T09:59"), 24, 7)).toEqual([5, 5, 8]);
    expect(curveOf(views, start, at("2026-11-04T10:00"), 24, 7)).toEqual([5, 5, 8, 8]);
    expect(curveOf(views, start, at("2026-12-01T00:00"), 24, 7)).toEqual([5, 5, 8, 8, 8, 8, 8]);
  });
});
