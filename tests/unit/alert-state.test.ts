import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlertState,
  closeDisabled,
  type Evaluation,
  nextState,
  statusOf,
  type Transition,
} from "../../app/alerts/state";

const START = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000);
const evaluation = (result: Evaluation["result"]): Evaluation => ({ result, value: null, message: "" });
const RULE = { forSeconds: 30, keepFiringSeconds: 60, silencedUntil: null as Date | null };

interface Played {
  state: AlertState | null;
  /** Every transition with its time, s, and the result that led to it. */
  steps: (Transition & { at: number; result: Evaluation["result"] })[];
}

/** Applies results, one every 15 s as in production; `meanwhile` is what operators do before an evaluation. */
function play(
  results: Evaluation["result"][],
  rule = RULE,
  meanwhile: (index: number, state: AlertState) => Partial<AlertState> = () => ({}),
) {
  const played: Played = { state: null, steps: [] };
  results.forEach((result, index) => {
    if (played.state) played.state = { ...played.state, ...meanwhile(index, played.state) };
    const next = nextState(played.state, evaluation(result), rule, at(index * 15));
    played.state = next.to === "open" ? next.state : null;
    played.steps.push({ ...next, at: index * 15, result });
  });
  return played;
}
const phases = ({ steps }: Played) => steps.map((one) => (one.to === "resolved" ? "resolved" : one.phase));
const notifications = ({ steps }: Played) =>
  steps
    .filter((one) => "notify" in one && one.notify)
    .map((one) => (one.to === "resolved" ? "resolved" : "firing"));
const breached = (times: number) => Array<Evaluation["result"]>(times).fill("breached");
const ok = (times: number) => Array<Evaluation["result"]>(times).fill("ok");

describe("an alert", () => {
  it("is pending first, fires after `for`, and resolves `keep firing` after the last breach", () => {
    const played = play([...breached(4), ...ok(4)]);
    expect(phases(played)).toEqual([
      "pending",
      "pending",
      "firing",
      "firing",
      "firing",
      "firing",
      "firing",
      "resolved",
    ]);
    expect(notifications(played)).toEqual(["firing", "resolved"]);
  });

  it("that never fired leaves nothing behind", () => {
    const played = play(["breached", "breached", "ok"]);
    expect(played.steps.at(-1)?.to).toBe("dropped");
    expect(notifications(played)).toEqual([]);
  });

  it("fires at once when `for` is zero, and resolves at once when `keep firing` is zero", () => {
    expect(phases(play(["breached", "ok"], { ...RULE, forSeconds: 0, keepFiringSeconds: 0 }))).toEqual([
      "firing",
      "resolved",
    ]);
  });

  it("that flaps within `keep firing` is one alert with one notification", () => {
    const played = play([
      ...breached(3),
      "ok",
      "breached",
      "ok",
      "ok",
      "breached",
      "ok",
      "breached",
      ...ok(5),
    ]);
    expect(notifications(played)).toEqual(["firing", "resolved"]);
    expect(played.steps.filter((one) => one.to === "resolved")).toHaveLength(1);
  });

  it("is not started, interrupted or resolved by missing data", () => {
    expect(phases(play(["unknown", "unknown"]))).toEqual(["no-data", "no-data"]);
    expect(phases(play([...breached(3), ...Array<Evaluation["result"]>(20).fill("unknown")])).at(-1)).toBe(
      "firing",
    );
    // 30 s without data, then breached again: the rule was never known to be ok in between.
    expect(phases(play(["breached", "unknown", "unknown", "breached"]))).toEqual([
      "pending",
      "pending",
      "pending",
      "firing",
    ]);
    // But one breach followed by missing data does not last for `for`.
    expect(phases(play(["breached", "unknown", "unknown", "unknown", "unknown"])).at(-1)).toBe("pending");
  });

  it("records since when its data has been missing", () => {
    const { state } = play([...breached(3), "unknown", "unknown"]);
    expect(state?.unknownSince).toEqual(at(45));
    expect(play([...breached(3), "unknown", "breached"]).state?.unknownSince).toBeNull();
  });
});

describe("an operator's decision", () => {
  it("a silence holds notifications back until it ends; then channels are notified of what still fires", () => {
    const silenced = { ...RULE, silencedUntil: at(75) };
    const played = play(breached(7), silenced);
    expect(played.steps.filter((one) => "notify" in one && one.notify).map((one) => one.at)).toEqual([75]);
    expect(notifications(play([...breached(4), ...ok(5)], { ...RULE, silencedUntil: at(10_000) }))).toEqual(
      [],
    );
  });

  it("a snooze holds notifications back until it ends, and then notifies again", () => {
    const played = play(breached(8), RULE, (index) => (index === 3 ? { snoozedUntil: at(90) } : {}));
    expect(played.steps.filter((one) => "notify" in one && one.notify).map((one) => one.at)).toEqual([
      30, 90,
    ]);
  });

  it("a snoozed alert notifies when it resolves, as it did when it fired", () => {
    const played = play([...breached(4), ...ok(5)], RULE, (index) =>
      index === 3 ? { snoozedUntil: at(10_000) } : {},
    );
    expect(notifications(played)).toEqual(["firing", "resolved"]);
  });

  it("an acknowledged alert stays acknowledged through flapping, and notifies only when it resolves", () => {
    const played = play([...breached(4), "ok", "breached", ...ok(5)], RULE, (index) =>
      index === 3 ? { acknowledgedAt: at(40) } : {},
    );
    expect(notifications(played)).toEqual(["firing", "resolved"]);
    expect(played.steps.at(-2)).toMatchObject({ to: "resolved", state: { acknowledgedAt: at(40) } });
  });

  it("disabling a rule resolves its alert", () => {
    const { state } = play(breached(4));
    expect(state && closeDisabled(state)).toMatchObject({ to: "resolved", notify: true });
    const pending = play(breached(1)).state;
    expect(pending && closeDisabled(pending)).toMatchObject({ to: "dropped" });
  });

  it("has one status for each state", () => {
    const alert = { phase: "firing", acknowledgedAt: null as Date | null, snoozedUntil: null as Date | null };
    const rule = { silencedUntil: null as Date | null };
    expect(statusOf(alert, rule, at(0))).toBe("firing");
    expect(statusOf({ ...alert, acknowledgedAt: at(0) }, rule, at(0))).toBe("acknowledged");
    expect(statusOf({ ...alert, snoozedUntil: at(1) }, rule, at(0))).toBe("snoozed");
    expect(statusOf({ ...alert, snoozedUntil: at(1) }, rule, at(1))).toBe("firing");
    expect(statusOf(alert, { silencedUntil: at(1) }, at(0))).toBe("silenced");
    expect(statusOf({ ...alert, phase: "pending" }, { silencedUntil: at(1) }, at(0))).toBe("pending");
    expect(statusOf({ ...alert, phase: "resolved" }, rule, at(0))).toBe("resolved");
  });
});

describe("for any sequence of results", () => {
  const results = fc.array(fc.constantFrom<Evaluation["result"]>("ok", "breached", "unknown"), {
    maxLength: 60,
  });
  const rules = fc.record({
    forSeconds: fc.constantFrom(0, 15, 40, 120),
    keepFiringSeconds: fc.constantFrom(0, 15, 60, 300),
    silencedUntil: fc.option(fc.integer({ min: 0, max: 900 }).map(at)),
  });
  const actions = fc.array(fc.constantFrom("none", "acknowledge", "snooze"), { maxLength: 60 });

  it('channels never get "resolved" without "firing", or "firing" twice except after a snooze', () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const events = notifications(play(sequence, rule));
        events.forEach((event, index) => {
          expect(event).toBe(index % 2 === 0 ? "firing" : "resolved");
        });
      }),
    );
  });

  it("an alert fires only after breaches that span `for` without an ok result in between", () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const { steps } = play(sequence, rule);
        steps.forEach((one, index) => {
          if (one.to !== "open" || one.phase !== "firing" || steps[index - 1]?.phase === "firing") return;
          const lastOk = steps.slice(0, index).findLastIndex((before) => before.result === "ok");
          const firstBreach = steps.findIndex(
            (later, place) => place > lastOk && later.result === "breached",
          );
          expect(one.result).toBe("breached");
          expect(one.at - (steps[firstBreach]?.at ?? 0)).toBeGreaterThanOrEqual(rule.forSeconds);
        });
      }),
    );
  });

  it("an alert resolves only at an ok result, `keep firing` after the last breach", () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const { steps } = play(sequence, rule);
        steps.forEach((one, index) => {
          if (one.to !== "resolved") return;
          const lastBreach = steps.slice(0, index).findLast((before) => before.result === "breached");
          expect(one.result).toBe("ok");
          expect(one.at - (lastBreach?.at ?? Number.NaN)).toBeGreaterThanOrEqual(rule.keepFiringSeconds);
        });
      }),
    );
  });

  it("nothing is sent while silenced, snoozed or acknowledged, and missing data never counts as ok", () => {
    fc.assert(
      fc.property(results, rules, actions, (sequence, rule, done) => {
        const played = play(sequence, rule, (index, state) => {
          if (state.phase !== "firing") return {};
          if (done[index] === "acknowledge") return { acknowledgedAt: at(index * 15), snoozedUntil: null };
          if (done[index] === "snooze") return { snoozedUntil: at(index * 15 + 40), acknowledgedAt: null };
          return {};
        });
        for (const one of played.steps) {
          if (one.to === "open" && one.notify) {
            expect(statusOf(one.state, rule, at(one.at))).toBe("firing");
          }
          if (one.result === "unknown") expect(one.phase).not.toBe("ok");
        }
      }),
    );
  });
});
