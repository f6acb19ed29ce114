import { expect, it } from "vitest";
import { createRestartPlan } from "../../server/restart-plan";

it("gives up at the first death when none has ever listened", () => {
  expect(createRestartPlan().ended(500, 0)).toBeNull();
});

it("waits longer from death to death, up to half a minute, while another one listens", () => {
  const plan = createRestartPlan();
  plan.listened();
  const delays = Array.from({ length: 11 }, () => plan.ended(1000, 1));
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

it("starts again from the shortest delay after a process that ran for a minute", () => {
  const plan = createRestartPlan();
  plan.listened();
  for (let n = 0; n < 8; n += 1) plan.ended(1000, 1);
  expect(plan.ended(60_000, 1)).toBe(100);
  expect(plan.ended(1000, 1)).toBe(200);
});

it("gives up when several die in succession and none is left that listens", () => {
  const plan = createRestartPlan();
  plan.listened();
  const deaths = Array.from({ length: 5 }, () => plan.ended(1000, 0));
  expect(deaths).toEqual([100, 200, 400, 800, null]);
});

it("goes on for as long as each of them has listened", () => {
  const plan = createRestartPlan();
  for (let n = 0; n < 20; n += 1) {
    plan.listened();
    expect(plan.ended(1000, 0)).not.toBeNull();
  }
});
