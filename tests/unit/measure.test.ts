import { expect, it } from "vitest";
import type { Unit } from "../../app/alerts/rule-types/rule-type";
import { formatAgainst } from "../../app/pages/alerts/measure";

it.each<[number | null, number, Unit, string]>([
  [0.008, 0.05, "share", "0.8% of 5%"],
  [2807, 500_000, "views", "2,807 of 500,000 views"],
  [0, 1, "processes", "0 of 1 process"],
  [30, 600, "seconds", "30 seconds of 10 minutes"],
  [0.42, 1.5, "intervals", "0.4 of 1.5 sync intervals"],
  [null, 2, "runs", "– of 2 failed runs"],
])("%s against %s %s is %j", (value, limit, unit, text) =>
  expect(formatAgainst(value, limit, unit)).toBe(text),
);
