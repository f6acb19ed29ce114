import { describe, expect, it } from "vitest";
import {
  COMPARED_MS,
  findWorst,
  measure,
  type SameAgeReads,
  sameAge,
} from "../../app/pages/story-analytics/readers/same-age";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.UTC(2026, 0, 5, 14);
const at = (id: number, days: number | null) => ({
  id,
  startedAt: days === null ? null : start + days * DAY,
});

describe("chapters at the same age", () => {
  it("are compared over their own first 30 days, however old they are", () => {
    expect(sameAge(at(2, 7), at(1, 0), start + 400 * DAY)).toEqual({
      chapterId: 2,
      baseId: 1,
      ageMs: COMPARED_MS,
    });
  });

  it("are both taken at the age of the younger one, in whole hours", () => {
    expect(sameAge(at(2, 7), at(1, 0), start + 10 * DAY + 1.5 * HOUR)?.ageMs).toBe(3 * DAY + HOUR);
    // The chapter before was published later than its successor.
    expect(sameAge(at(2, 0), at(1, 7), start + 10 * DAY)?.ageMs).toBe(3 * DAY);
  });

  it("are not compared within the first hour, without a time of publication, or without another chapter", () => {
    expect(sameAge(at(2, 7), at(1, 0), start + 7 * DAY + HOUR - 1)).toBeNull();
    expect(sameAge(at(2, 7), at(1, 0), start)).toBeNull();
    expect(sameAge(at(2, null), at(1, 0), start + 9 * DAY)).toBeNull();
    expect(sameAge(at(2, 7), at(1, null), start + 9 * DAY)).toBeNull();
    expect(sameAge(at(1, 0), undefined, start + 9 * DAY)).toBeNull();
  });

  it("have a share of the earlier one's reads, and none without a denominator", () => {
    const pair = { chapterId: 2, baseId: 1, ageMs: DAY };
    expect(measure(pair, (id, ageMs) => (ageMs === DAY ? [0, 80, 60][id] : 1000) ?? 0)).toEqual({
      ...pair,
      reads: 60,
      baseReads: 80,
      share: 0.75,
    });
    expect(measure(pair, (id) => (id === 2 ? 5 : 0)).share).toBeNull();
  });
});

describe("the worst step", () => {
  const step = (chapterId: number, reads: number, baseReads: number, ageMs = COMPARED_MS): SameAgeReads => ({
    ...{ chapterId, baseId: chapterId - 1, ageMs, reads, baseReads },
    share: baseReads > 0 ? reads / baseReads : null,
  });

  it("is the one that loses the largest share, not the most reads", () => {
    const steps = [null, step(2, 700, 1000), step(3, 600, 700), step(4, 40, 100), step(5, 41, 100)];
    expect(findWorst(steps)?.chapterId).toBe(4);
  });

  it("is none of fewer than 20 reads, none of the first day, and none that loses nothing", () => {
    expect(findWorst([null, step(2, 0, 19), step(3, 0, 500, DAY - HOUR), step(4, 50, 50)])).toBeNull();
    expect(findWorst([step(2, 19, 20)])?.chapterId).toBe(2);
    expect(findWorst([step(2, 5, 0), null])).toBeNull();
    expect(findWorst([])).toBeNull();
  });
});
