import { describe, expect, it } from "vitest";
import { explainWeeks, type Week, type WeekFacts } from "../../app/pages/stories/explain-weeks";
import { whyDifferent } from "../../app/pages/stories/list-differences";
import { searchQuery } from "../../app/shared/search-query";

const week = (counted: number, more: Partial<Week> = {}): Week => ({
  counted,
  leftOut: {},
  retracted: 0,
  voided: 0,
  ...more,
});
const usual: WeekFacts = {
  thisWeek: week(100),
  weekBefore: week(100),
  waiting: 0,
  redisReachable: true,
  lost: 0,
  outages: { count: 0, views: 0 },
};

describe("this week against last week", () => {
  it("says so when nothing changed, and when nobody read", () => {
    expect(explainWeeks(usual)).toEqual({
      answer: "100 views were counted in the last 7 days, as many as in the 7 days before.",
      reasons: [],
    });
    expect(explainWeeks({ ...usual, thisWeek: week(0), weekBefore: week(0) }).answer).toBe(
      "No view was counted in the last 14 days.",
    );
  });

  it("tells fewer visits from visits that were left out", () => {
    const fewer = explainWeeks({ ...usual, thisWeek: week(60) });
    expect(fewer.answer).toContain("40 fewer than in the 7 days before (100)");
    expect(fewer.reasons).toEqual(["Fewer visits came in: 60, against 100 before."]);
    const leftOut = explainWeeks({
      ...usual,
      thisWeek: week(60, { leftOut: { robot: 50, prefetch: 2 } }),
      weekBefore: week(100, { leftOut: { robot: 8, prefetch: 4 } }),
    });
    expect(leftOut.reasons).toEqual(["40 more visits were left out than before: Robots +42, Prefetched −2."]);
  });

  it("names what was voided, retracted and lost, what waits, and the outages; the largest first", () => {
    const { answer, reasons } = explainWeeks({
      ...usual,
      thisWeek: week(40, { voided: 30, retracted: 5 }),
      waiting: 7,
      redisReachable: false,
      lost: 12,
      outages: { count: 2, views: 9 },
    });
    expect(answer).toContain("47 views were counted in the last 7 days, 53 fewer");
    expect(reasons).toEqual([
      "An operator voided 30 views from these days, and 0 from the 7 days before.",
      "Fewer visits came in: 82, against 100 before.",
      "5 views were retracted because Redis had already counted them, against 0 before.",
      "Redis lost 12 views in these days, of this story and others: at most that many are missing here.",
      "Redis is unreachable: the newest views are not in these numbers yet. None is lost.",
      "7 views are waiting in Redis, as last known, and are included.",
      "Redis was away 2 times in these days; 9 views of this story were counted in the database meanwhile.",
    ]);
  });

  it("does not take a reason's name for a property", () => {
    const odd = { ...usual, thisWeek: week(100, { leftOut: { constructor: 3 } }) };
    expect(explainWeeks(odd).reasons[1]).toContain("constructor +3");
  });
});

it("a search is the starts of its words, whatever else is typed", () => {
  expect(searchQuery("  Salt-marrow: the 'pilot' & !")).toBe("Salt:* & marrow:* & the:* & pilot:*");
  expect(searchQuery("Æther île")).toBe("Æther:* & île:*");
  expect(searchQuery(" ':* ")).toBeNull();
});

it("a difference says on which side views are missing, and what was done near that time", () => {
  const facts = {
    readCount: 120,
    history: 100,
    foundAt: new Date("2026-11-22"),
    repairedAt: null,
    voidedAt: null,
  };
  expect(whyDifferent(facts)).toMatch(/history lacks 20 views.*nothing is on record/);
  expect(whyDifferent({ ...facts, history: 121 })).toMatch(/total lacks 1 view that the history has/);
  expect(whyDifferent({ ...facts, repairedAt: new Date("2026-11-21T12:00:00Z") })).toMatch(
    /A repair was made/,
  );
  expect(whyDifferent({ ...facts, voidedAt: new Date("2026-11-01") })).toMatch(/nothing is on record/);
});
