import fc from "fast-check";
import { expect, it } from "vitest";
import { durationText, parseDuration } from "../../app/shared/duration-text";

it.each([
  ["5 min", 300],
  ["30s", 30],
  ["90 seconds", 90],
  ["1 h 30 min", 5400],
  ["1.5 hours", 5400],
  ["2 days, 3 h", 183_600],
  ["0", 0],
  ["", null],
  ["5", null],
  ["min", null],
  ["5 parsecs", null],
  ["5 min or so", null],
  ["-5 min", null],
  ["1.3 s", null],
])("%j is %s seconds", (text, seconds) => expect(parseDuration(text)).toBe(seconds));

it("reads what it writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
      expect(parseDuration(durationText(seconds))).toBe(seconds);
    }),
  );
});
