import { describe, expect, it } from "vitest";
import { type AwayPeriod, drillBehind, findAwayPeriods, type ModeStep } from "../../app/alerts/away";
import type { Facts } from "../../app/alerts/facts";
import { evaluateAway } from "../../app/alerts/rule-types/away-rule";

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 12) + seconds * 1000);
const step = (seconds: number, to: string, process = "web-1", from = to === "redis" ? "database" : "redis") =>
  ({ at: at(seconds), process, from, to, reason: "the connection was lost" }) satisfies ModeStep;
const now = (mode: string, process = "web-1", since: Date | null = null) => ({
  process,
  mode,
  since,
  reason: "the connection was lost",
});
const times = (periods: AwayPeriod[]) =>
  periods.map(({ process, from, to }) => [
    process,
    (from.getTime() - at(0).getTime()) / 1000,
    to && (to.getTime() - at(0).getTime()) / 1000,
  ]);

describe("the times away from Redis", () => {
  it("are those between a change and the next change back, by process", () => {
    const steps = [
      step(10, "database"),
      step(12, "database", "web-2"),
      step(40, "redis"),
      step(100, "journal"),
    ];
    const current = [now("journal"), now("database", "web-2")];
    expect(times(findAwayPeriods(steps, current, at(0)))).toEqual([
      ["web-1", 10, 40],
      ["web-2", 12, null],
      ["web-1", 100, null],
    ]);
  });

  it("are one where Redis was back for seconds only", () => {
    const flapping = [10, 20, 30].flatMap((start) => [step(start, "database"), step(start + 8, "redis")]);
    expect(times(findAwayPeriods(flapping, [now("redis")], at(0)))).toEqual([["web-1", 10, 38]]);
    expect(times(findAwayPeriods([...flapping, step(44, "database")], [now("database")], at(0)))).toEqual([
      ["web-1", 10, 38],
      ["web-1", 44, null],
    ]);
  });

  it("of a drill are their own, however soon it starts", () => {
    const steps = [step(10, "database"), step(18, "redis"), { ...step(20, "database"), isDrill: true }];
    expect(times(findAwayPeriods(steps, [now("database")], at(0)))).toEqual([
      ["web-1", 10, 18],
      ["web-1", 20, null],
    ]);
  });

  it("go on from the database to the journal", () => {
    const steps = [step(10, "database"), step(20, "journal", "web-1", "database")];
    expect(times(findAwayPeriods(steps, [now("journal")], at(0)))).toEqual([["web-1", 10, null]]);
  });

  it("include those that began before the changes that were read", () => {
    expect(times(findAwayPeriods([], [now("database", "web-1", at(-900))], at(0)))).toEqual([
      ["web-1", -900, null],
    ]);
    expect(times(findAwayPeriods([step(30, "redis")], [now("redis")], at(0)))).toEqual([["web-1", 0, 30]]);
  });

  it("do not include a process that started, nor one that died while away", () => {
    expect(findAwayPeriods([step(10, "redis", "web-1", "started")], [now("redis")], at(0))).toEqual([]);
    expect(findAwayPeriods([step(10, "database", "web-9")], [now("redis")], at(0))).toEqual([]);
  });
});

describe("the drill behind them", () => {
  const drill = { id: 3, startedAt: at(100), endsAt: at(160) };
  const period = (from: number, to: number | null): AwayPeriod => ({
    process: "web-1",
    from: at(from),
    to: to === null ? null : at(to),
    mode: "database",
    reason: "",
  });

  it("is found while it runs, and shortly after", () => {
    expect(drillBehind([period(101, null)], [drill], at(150))).toBe(drill);
    expect(drillBehind([period(101, null)], [drill], at(168))).toBe(drill);
    expect(drillBehind([period(101, 163)], [drill], at(900))).toBe(drill);
  });

  it("is not: an outage before it, one that outlives it, or one more beside it", () => {
    expect(drillBehind([period(90, null)], [drill], at(150))).toBeNull();
    expect(drillBehind([period(101, null)], [drill], at(171))).toBeNull();
    expect(drillBehind([period(20, 40), period(101, 163)], [drill], at(200))).toBeNull();
    expect(drillBehind([], [drill], at(150))).toBeNull();
  });
});

describe('the rule "Redis is away"', () => {
  const facts = (periods: AwayPeriod[], more: Partial<Facts> = {}) =>
    ({
      now: at(60),
      countsInRedis: true,
      databaseReason: null,
      chosenAt: null,
      drills: [],
      away: { reporting: 2, periods },
      ...more,
    }) as Facts;
  const open: AwayPeriod = {
    process: "web-1",
    from: at(30),
    to: null,
    mode: "database",
    reason: "The connection to Redis was lost",
  };
  const away = (given: Facts, threshold = 1) => evaluateAway(given, { threshold });

  it("tells how many, where, since when and why", () => {
    expect(away(facts([open]))).toEqual({
      result: "breached",
      value: 1,
      since: at(30),
      message:
        "1 of 2 web processes has counted in the database since 12:00:30 UTC, because the connection to Redis was lost.",
    });
  });

  it("tells since when all are back", () => {
    expect(away(facts([{ ...open, to: at(50) }]))).toMatchObject({ result: "ok", value: 0, since: at(50) });
  });

  it("with a higher limit, needs as many processes", () => {
    const both = [open, { ...open, process: "web-2", from: at(45) }];
    expect(away(facts([open]), 2)).toMatchObject({ result: "ok", value: 1 });
    expect(away(facts(both), 2)).toMatchObject({ result: "breached", value: 2, since: at(45) });
  });

  it("is explained where an operator chose the database, and counts from the end of that choice", () => {
    expect(away(facts([open], { databaseReason: "Redis is being moved" }))).toMatchObject({
      result: "ok",
      explanation: { text: "An operator chose to count in the database: Redis is being moved." },
    });
    expect(away(facts([open], { chosenAt: at(58) }))).toMatchObject({ result: "breached", since: at(58) });
  });

  it("is explained by a drill, by its number", () => {
    const drills = [{ id: 3, startedAt: at(29), endsAt: at(90) }];
    expect(away(facts([open], { drills }))).toMatchObject({
      result: "breached",
      explanation: { drillId: 3 },
      message: "Drill 3 is running until 12:01:30 UTC: views are counted in the database on purpose.",
    });
  });

  it("has no data without a report, and nothing to watch where Redis is switched off", () => {
    expect(away(facts([], { away: null }))).toMatchObject({ result: "unknown" });
    expect(away(facts([open], { countsInRedis: false }))).toMatchObject({ result: "ok" });
  });
});
