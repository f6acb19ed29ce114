import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlertState,
  closeDisabled,
  dueAt,
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
  it("is pending first, fires after `for`, recovers, and resolves once it has recovered for `keep firing`", () => {
    const played = play([...breached(4), ...ok(5)]);
    expect(phases(played)).toEqual([
      "pending",
      "pending",
      "firing",
      "firing",
      "recovering",
      "recovering",
      "recovering",
      "recovering",
      "resolved",
    ]);
    expect(played.steps[6]).toMatchObject({ state: { recoveringSince: at(60) } });
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

describe("a relapse", () => {
  const long = { ...RULE, keepFiringSeconds: 300 };

  it("within a minute of quiet is the same news; after it, the channels are notified again", () => {
    const sent = (quiet: number) => notifications(play([...breached(3), ...ok(quiet), "breached"], long));
    expect(sent(3)).toEqual(["firing"]);
    expect(sent(4)).toEqual(["firing", "firing"]);
  });

  it("is said to the one who acknowledged too, but not while the alert is snoozed or its rule silenced", () => {
    const relapse = (meanwhile: Partial<AlertState>, rule = long) =>
      notifications(
        play([...breached(4), ...ok(5), ...breached(2)], rule, (index) => (index === 3 ? meanwhile : {})),
      );
    expect(relapse({ acknowledgedAt: at(40) })).toEqual(["firing", "firing"]);
    expect(relapse({ snoozedUntil: at(10_000) })).toEqual(["firing"]);
    expect(relapse({}, { ...long, silencedUntil: at(10_000) })).toEqual([]);
  });

  it("during a snooze is told when the snooze ends", () => {
    const played = play([...breached(4), ...ok(5), ...breached(6)], long, (index) =>
      index === 3 ? { snoozedUntil: at(180) } : {},
    );
    expect(played.steps.filter((one) => "notify" in one && one.notify).map((one) => one.at)).toEqual([
      30, 180,
    ]);
  });

  it("a snooze that ends while all is well stays until the next breach", () => {
    const played = play([...breached(4), ...ok(3), "breached"], long, (index) =>
      index === 3 ? { snoozedUntil: at(75) } : {},
    );
    expect(played.steps.filter((one) => "notify" in one && one.notify).map((one) => one.at)).toEqual([
      30, 105,
    ]);
  });
});

describe("facts that tell since when", () => {
  const known = (result: "ok" | "breached", since: number): Evaluation => ({
    ...evaluation(result),
    since: at(since),
  });
  const step = (state: AlertState | null, result: Evaluation, now: number) =>
    nextState(state, result, { forSeconds: 15, keepFiringSeconds: 30, silencedUntil: null }, at(now));

  it("make an alert fire and resolve by them, not by when someone looked", () => {
    const fired = step(null, known("breached", 0), 15);
    expect(fired).toMatchObject({ phase: "firing", notify: true, steps: ["pending", "firing"] });
    const state = "state" in fired ? fired.state : null;
    expect(step(state, known("ok", 20), 49)).toMatchObject({ phase: "recovering" });
    expect(step(state, known("ok", 20), 50)).toMatchObject({ to: "resolved", notify: true });
  });

  it("tell when it will fire and resolve by time alone", () => {
    const pending = step(null, known("breached", 3), 4);
    expect("state" in pending && dueAt(pending.state, { forSeconds: 15, keepFiringSeconds: 30 })).toEqual(
      at(18),
    );
    const fired = step(null, known("breached", 0), 15);
    const recovering = step("state" in fired ? fired.state : null, known("ok", 20), 21);
    expect(
      "state" in recovering && dueAt(recovering.state, { forSeconds: 15, keepFiringSeconds: 30 }),
    ).toEqual(at(50));
  });

  it("start a pending alert again when it was well in between, between two evaluations", () => {
    const pending = step(null, known("breached", 0), 1);
    const again = step("state" in pending ? pending.state : null, known("breached", 10), 16);
    expect(again).toMatchObject({ phase: "pending", state: { pendingAt: at(10) } });
  });
});

describe("an explanation", () => {
  const drill: Evaluation = { ...evaluation("breached"), explanation: { text: "Drill 3", drillId: 3 } };
  const choice: Evaluation = { ...evaluation("ok"), explanation: { text: "Chosen", drillId: null } };
  const fire = (first: Evaluation) => {
    const fired = nextState(null, first, { ...RULE, forSeconds: 0 }, at(0));
    if (fired.to !== "open") throw new Error("it did not fire");
    return fired;
  };

  it("that a drill is behind it leaves the alert to fire and notify, and needs no one", () => {
    const fired = fire(drill);
    expect(fired).toMatchObject({ notify: true, state: { explanation: "Drill 3", drillId: 3 } });
    expect(statusOf(fired.state, RULE, at(0))).toBe("explained");
  });

  it("that ends while the breach lasts is news, and the alert needs attention", () => {
    const next = nextState(fire(drill).state, evaluation("breached"), RULE, at(15));
    expect(next).toMatchObject({ to: "open", notify: true, steps: ["unexplained"] });
    expect(next.to === "open" && statusOf(next.state, RULE, at(15))).toBe("firing");
    expect(next).toMatchObject({ state: { drillId: 3 } });
  });

  it("that an operator chose it resolves the alert at once, with these words", () => {
    expect(nextState(fire(evaluation("breached")).state, choice, RULE, at(15))).toMatchObject({
      to: "resolved",
      notify: true,
      steps: ["explained", "resolved"],
      state: { explanation: "Chosen" },
    });
    expect(nextState(null, choice, RULE, at(15))).toEqual({ to: "none", phase: "ok" });
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
    expect(played.steps.at(-1)).toMatchObject({ to: "resolved", state: { acknowledgedAt: at(40) } });
  });

  it("disabling a rule resolves its alert", () => {
    const { state } = play(breached(4));
    expect(state && closeDisabled(state)).toMatchObject({ to: "resolved", notify: true });
    const pending = play(breached(1)).state;
    expect(pending && closeDisabled(pending)).toMatchObject({ to: "dropped" });
  });

  it("has one status for each state", () => {
    const alert: Parameters<typeof statusOf>[0] = {
      phase: "firing",
      acknowledgedAt: null,
      snoozedUntil: null,
      recoveringSince: null,
      explanation: null,
      unknownSince: null,
    };
    const rule = { silencedUntil: null as Date | null };
    expect(statusOf(alert, rule, at(0))).toBe("firing");
    expect(statusOf({ ...alert, acknowledgedAt: at(0) }, rule, at(0))).toBe("acknowledged");
    expect(statusOf({ ...alert, snoozedUntil: at(1) }, rule, at(0))).toBe("snoozed");
    expect(statusOf({ ...alert, snoozedUntil: at(1) }, rule, at(1))).toBe("firing");
    expect(statusOf(alert, { silencedUntil: at(1) }, at(0))).toBe("silenced");
    expect(statusOf({ ...alert, phase: "pending" }, { silencedUntil: at(1) }, at(0))).toBe("pending");
    expect(statusOf({ ...alert, phase: "resolved" }, rule, at(0))).toBe("resolved");
    // What needs no one says so, whatever an operator decided; but without data it is not known to be back to normal.
    const recovering = { ...alert, recoveringSince: at(0), acknowledgedAt: at(0) };
    expect(statusOf(recovering, { silencedUntil: at(1) }, at(0))).toBe("recovering");
    expect(statusOf({ ...recovering, unknownSince: at(0) }, rule, at(0))).toBe("acknowledged");
    expect(statusOf({ ...alert, explanation: "Drill 3" }, rule, at(0))).toBe("explained");
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

  it('channels never get "resolved" without "firing", or "firing" twice except after a relapse', () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const sent = play(sequence, rule).steps.filter((one) => "notify" in one && one.notify);
        sent.forEach((one, index) => {
          const before = sent[index - 1];
          if (one.to === "resolved") expect(before?.to).toBe("open");
          else if (before?.to === "open") expect("steps" in one && one.steps).toContain("relapsed");
        });
      }),
    );
  });

  it("an alert fires only after breaches that span `for` without an ok result in between", () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const { steps } = play(sequence, rule);
        steps.forEach((one, index) => {
          if (one.to !== "open" || !one.steps.includes("firing")) return;
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

  it("an alert resolves only at an ok result, `keep firing` after the first ok one since the last breach", () => {
    fc.assert(
      fc.property(results, rules, (sequence, rule) => {
        const { steps } = play(sequence, rule);
        steps.forEach((one, index) => {
          if (one.to !== "resolved") return;
          const lastBreach = steps.slice(0, index).findLastIndex((before) => before.result === "breached");
          const firstOk = steps.find((later, place) => place > lastBreach && later.result === "ok");
          expect(one.result).toBe("ok");
          expect(one.at - (firstOk?.at ?? Number.NaN)).toBeGreaterThanOrEqual(rule.keepFiringSeconds);
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
            const relapsed = one.steps.includes("relapsed");
            expect(relapsed ? ["firing", "acknowledged"] : ["firing"]).toContain(
              statusOf(one.state, rule, at(one.at)),
            );
          }
          if (one.result === "unknown") expect(one.phase).not.toBe("ok");
        }
      }),
    );
  });
});
