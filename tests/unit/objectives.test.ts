import { describe, expect, it } from "vitest";
import { formatRunOut, formatSpent, standingOf } from "../../app/pages/objectives/budget-words";
import { formatShare } from "../../app/shared/format";
import { LATENCY_BOUNDS_US } from "../../app/shared/histogram";
import {
  addTallies,
  budgetLeft,
  budgetOf,
  burnRate,
  FAST_WITHIN_US,
  goodShare,
  historyLimitMs,
} from "../../app/shared/objectives";

describe("an error budget", () => {
  // By hand: 99.9 % of 10,000 views leaves 10.
  const tally = { total: 10_000, bad: 4 };

  it("is what the target leaves of everything that was counted", () => {
    expect(budgetOf(10_000, 0.999)).toBeCloseTo(10);
    expect(budgetLeft(tally, 0.999)).toBeCloseTo(0.6);
    expect(budgetLeft({ total: 10_000, bad: 25 }, 0.999)).toBeCloseTo(-1.5);
    expect(goodShare(tally)).toBeCloseTo(0.9996);
  });

  it("is unknown, and not spent, while nothing is counted", () => {
    expect(goodShare({ total: 0, bad: 0 })).toBeNull();
    expect(budgetLeft({ total: 0, bad: 0 }, 0.999)).toBeNull();
    expect(burnRate({ total: 0, bad: 0 }, 0.999)).toBe(0);
  });

  it("is spent at 1 when it lasts exactly, and at 14.4 when a fiftieth of 30 days goes in an hour", () => {
    expect(burnRate({ total: 1000, bad: 1 }, 0.999)).toBeCloseTo(1);
    const hourOfBudget = budgetOf(30 * 24 * 1000, 0.999) / 50;
    expect(burnRate({ total: 1000, bad: hourOfBudget }, 0.999)).toBeCloseTo(14.4);
  });

  it("adds up over spans", () => {
    const parts = [tally, { total: 5, bad: 5 }, { total: 0, bad: 0 }];
    expect(addTallies(parts)).toEqual({ total: 10_005, bad: 9 });
    expect(addTallies([])).toEqual({ total: 0, bad: 0 });
  });

  it("reads in its own units", () => {
    expect(formatSpent(tally, 0.999, "views")).toBe("4 of 10 views spent");
    expect(formatSpent({ total: 30 * 86_400, bad: 3600 }, 0.99, "seconds")).toBe("1 hour of 7 hours spent");
  });

  it("tells when it runs out at the rate of the last hour", () => {
    const at = (rate: number, bad = 4) => ({
      tally: { total: 10_000, bad },
      target: 0.999,
      burn: [{ rate }],
    });
    expect([standingOf(at(0.5)), formatRunOut(at(0.5), 30)]).toEqual(["met", "at this rate it lasts"]);
    // Six tenths of 30 days, at six times the rate.
    expect([standingOf(at(6)), formatRunOut(at(6), 30)]).toEqual([
      "spending",
      "at this rate it is spent in 3 days",
    ]);
    expect([standingOf(at(0, 11)), formatRunOut(at(0, 11), 30)]).toEqual(["missed", "the budget is spent"]);
    expect(standingOf({ ...at(0), tally: { total: 0, bad: 0 } })).toBe("unknown");
  });
});

it("writes a share with its nines, and never rounds up to all of it", () => {
  expect([0.5, 0.9, 0.99, 0.999, 0.9999, 0.99987, 0.999651, 0.9999999, 1].map(formatShare)).toEqual([
    "50%",
    "90%",
    "99%",
    "99.9%",
    "99.99%",
    "99.987%",
    "99.965%",
    "99.99999%",
    "100%",
  ]);
});

it("counts fast answers by whole latency buckets", () => {
  expect(LATENCY_BOUNDS_US).toContain(FAST_WITHIN_US);
});

it("lets a view wait for an interval and the run after it", () => {
  expect(historyLimitMs(12)).toBe(12.6 * 3_600_000);
  expect(historyLimitMs(0.1)).toBe(7 * 60_000);
});
