import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AlertState,
  type Evaluation,
  nextState,
  stateOf,
  switchOff,
  type Transition,
} from "../../app/alerts/state";

const START = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000);
const look = (is: Evaluation["is"]): Evaluation => ({ is, value: null, says: "" });
const RULE = { forSeconds: 30, keepFiringSeconds: 60, silencedUntil: null as Date | null };

interface Watch {
  episode: AlertState | null;
  /** Every step with its time, s. */
  steps: (Transition & { at: number; seen: Evaluation["is"] })[];
}

/** Plays looks, one every 15 s, as the rounds do; `meanwhile` is what people do before a look. */
function play(
  looks: Evaluation["is"][],
  rule = RULE,
  meanwhile: (index: number, episode: AlertState) => Partial<AlertState> = () => ({}),
) {
  const watch: Watch = { episode: null, steps: [] };
  looks.forEach((is, index) => {
    if (watch.episode) watch.episode = { ...watch.episode, ...meanwhile(index, watch.episode) };
    const next = nextState(watch.episode, look(is), rule, at(index * 15));
    watch.episode = next.to === "open" ? next.episode : null;
    watch.steps.push({ ...next, at: index * 15, seen: is });
  });
  return watch;
}
const phases = ({ steps }: Watch) => steps.map((one) => (one.to === "resolved" ? "resolved" : one.phase));
const told = ({ steps }: Watch) =>
  steps
    .filter((one) => "tell" in one && one.tell)
    .map((one) => (one.to === "resolved" ? "resolved" : "firing"));
const bad = (times: number) => Array<Evaluation["is"]>(times).fill("bad");
const fine = (times: number) => Array<Evaluation["is"]>(times).fill("fine");

describe("an alert", () => {
  it("is pending first, fires after `for`, and is over `keep firing` after the last bad look", () => {
    const watch = play([...bad(4), ...fine(4)]);
    expect(phases(watch)).toEqual([
      "pending",
      "pending",
      "firing",
      "firing",
      "firing",
      "firing",
      "firing",
      "resolved",
    ]);
    expect(told(watch)).toEqual(["firing", "resolved"]);
  });

  it("that never fired leaves nothing", () => {
    const watch = play(["bad", "bad", "fine"]);
    expect(watch.steps.at(-1)?.to).toBe("dropped");
    expect(told(watch)).toEqual([]);
  });

  it("fires at once when `for` is zero, and ends at once when `keep firing` is", () => {
    expect(phases(play(["bad", "fine"], { ...RULE, forSeconds: 0, keepFiringSeconds: 0 }))).toEqual([
      "firing",
      "resolved",
    ]);
  });

  it("that flaps within `keep firing` is one alert, told once", () => {
    const watch = play([...bad(3), "fine", "bad", "fine", "fine", "bad", "fine", "bad", ...fine(5)]);
    expect(told(watch)).toEqual(["firing", "resolved"]);
    expect(watch.steps.filter((one) => one.to === "resolved")).toHaveLength(1);
  });

  it("is not ended, begun or interrupted by missing data", () => {
    expect(phases(play(["unknown", "unknown"]))).toEqual(["no-data", "no-data"]);
    expect(phases(play([...bad(3), ...Array<Evaluation["is"]>(20).fill("unknown")])).at(-1)).toBe("firing");
    // 30 s without data and then bad again: the condition never was known to be over.
    expect(phases(play(["bad", "unknown", "unknown", "bad"]))).toEqual([
      "pending",
      "pending",
      "pending",
      "firing",
    ]);
    // But what was bad once is not bad for `for` because nobody can look.
    expect(phases(play(["bad", "unknown", "unknown", "unknown", "unknown"])).at(-1)).toBe("pending");
  });

  it("says since when its data is missing", () => {
    const { episode } = play([...bad(3), "unknown", "unknown"]);
    expect(episode?.unknownSince).toEqual(at(45));
    expect(play([...bad(3), "unknown", "bad"]).episode?.unknownSince).toBeNull();
  });
});

describe("what people decide", () => {
  it("a silence keeps the channels out until it ends; then they hear what still fires", () => {
    const silenced = { ...RULE, silencedUntil: at(75) };
    const watch = play(bad(7), silenced);
    expect(watch.steps.filter((one) => "tell" in one && one.tell).map((one) => one.at)).toEqual([75]);
    expect(told(play([...bad(4), ...fine(5)], { ...RULE, silencedUntil: at(10_000) }))).toEqual([]);
  });

  it("a snooze is quiet until its moment, and tells again then", () => {
    const watch = play(bad(8), RULE, (index) => (index === 3 ? { snoozedUntil: at(90) } : {}));
    expect(watch.steps.filter((one) => "tell" in one && one.tell).map((one) => one.at)).toEqual([30, 90]);
  });

  it("the end of a snoozed alert is told, as its begin was", () => {
    const watch = play([...bad(4), ...fine(5)], RULE, (index) =>
      index === 3 ? { snoozedUntil: at(10_000) } : {},
    );
    expect(told(watch)).toEqual(["firing", "resolved"]);
  });

  it("an acknowledged alert stays so through flapping, and is told only when it is over", () => {
    const watch = play([...bad(4), "fine", "bad", ...fine(5)], RULE, (index) =>
      index === 3 ? { acknowledgedAt: at(40) } : {},
    );
    expect(told(watch)).toEqual(["firing", "resolved"]);
    expect(watch.steps.at(-2)).toMatchObject({ to: "resolved", episode: { acknowledgedAt: at(40) } });
  });

  it("a rule that is switched off ends its alert", () => {
    const { episode } = play(bad(4));
    expect(episode && switchOff(episode)).toMatchObject({ to: "resolved", tell: true });
    const pending = play(bad(1)).episode;
    expect(pending && switchOff(pending)).toMatchObject({ to: "dropped" });
  });

  it("has one word for each state", () => {
    const alert = { phase: "firing", acknowledgedAt: null as Date | null, snoozedUntil: null as Date | null };
    const rule = { silencedUntil: null as Date | null };
    expect(stateOf(alert, rule, at(0))).toBe("firing");
    expect(stateOf({ ...alert, acknowledgedAt: at(0) }, rule, at(0))).toBe("acknowledged");
    expect(stateOf({ ...alert, snoozedUntil: at(1) }, rule, at(0))).toBe("snoozed");
    expect(stateOf({ ...alert, snoozedUntil: at(1) }, rule, at(1))).toBe("firing");
    expect(stateOf(alert, { silencedUntil: at(1) }, at(0))).toBe("silenced");
    expect(stateOf({ ...alert, phase: "pending" }, { silencedUntil: at(1) }, at(0))).toBe("pending");
    expect(stateOf({ ...alert, phase: "resolved" }, rule, at(0))).toBe("resolved");
  });
});

describe("whatever is seen, in whatever order", () => {
  const looks = fc.array(fc.constantFrom<Evaluation["is"]>("fine", "bad", "unknown"), { maxLength: 60 });
  const rules = fc.record({
    forSeconds: fc.constantFrom(0, 15, 40, 120),
    keepFiringSeconds: fc.constantFrom(0, 15, 60, 300),
    silencedUntil: fc.option(fc.integer({ min: 0, max: 900 }).map(at)),
  });
  const deeds = fc.array(fc.constantFrom("none", "acknowledge", "snooze"), { maxLength: 60 });

  it("channels hear no end without a begin, and no second begin but after a snooze", () => {
    fc.assert(
      fc.property(looks, rules, (seen, rule) => {
        const heard = told(play(seen, rule));
        heard.forEach((event, index) => {
          expect(event).toBe(index % 2 === 0 ? "firing" : "resolved");
        });
      }),
    );
  });

  it("an alert fires only after bad looks that span `for` with no fine one between", () => {
    fc.assert(
      fc.property(looks, rules, (seen, rule) => {
        const { steps } = play(seen, rule);
        steps.forEach((one, index) => {
          if (one.to !== "open" || one.phase !== "firing" || steps[index - 1]?.phase === "firing") return;
          const lastFine = steps.slice(0, index).findLastIndex((before) => before.seen === "fine");
          const firstBad = steps.findIndex((later, place) => place > lastFine && later.seen === "bad");
          expect(one.seen).toBe("bad");
          expect(one.at - (steps[firstBad]?.at ?? 0)).toBeGreaterThanOrEqual(rule.forSeconds);
        });
      }),
    );
  });

  it("an alert ends only at a fine look, `keep firing` after the last bad one", () => {
    fc.assert(
      fc.property(looks, rules, (seen, rule) => {
        const { steps } = play(seen, rule);
        steps.forEach((one, index) => {
          if (one.to !== "resolved") return;
          const lastBad = steps.slice(0, index).findLast((before) => before.seen === "bad");
          expect(one.seen).toBe("fine");
          expect(one.at - (lastBad?.at ?? Number.NaN)).toBeGreaterThanOrEqual(rule.keepFiringSeconds);
        });
      }),
    );
  });

  it("nothing is told while silenced, snoozed or acknowledged, and missing data never looks fine", () => {
    fc.assert(
      fc.property(looks, rules, deeds, (seen, rule, done) => {
        const watch = play(seen, rule, (index, episode) => {
          if (episode.phase !== "firing") return {};
          if (done[index] === "acknowledge") return { acknowledgedAt: at(index * 15), snoozedUntil: null };
          if (done[index] === "snooze") return { snoozedUntil: at(index * 15 + 40), acknowledgedAt: null };
          return {};
        });
        for (const one of watch.steps) {
          if (one.to === "open" && one.tell) {
            expect(stateOf(one.episode, rule, at(one.at))).toBe("firing");
          }
          if (one.seen === "unknown") expect(one.phase).not.toBe("ok");
        }
      }),
    );
  });
});
