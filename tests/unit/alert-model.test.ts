import fc from "fast-check";
import { expect, it } from "vitest";
import { type AlertState, type Evaluation, nextState, RELAPSE_SECONDS } from "../../app/alerts/state";

/** What happened to a rule at each evaluation, seconds since the first. */
interface Moment {
  at: number;
  result: Evaluation["result"];
}
interface Rule {
  forSeconds: number;
  keepFiringSeconds: number;
}

const date = (seconds: number) => new Date(1_772_000_000_000 + seconds * 1000);

/** The state machine: what it says after each evaluation, and when it notifies. */
function machine(history: Moment[], rule: Rule) {
  let state: AlertState | null = null;
  return history.map(({ at, result }) => {
    const next = nextState(
      state,
      { result, value: null, message: "" },
      { ...rule, silencedUntil: null },
      date(at),
    );
    state = next.to === "open" ? next.state : null;
    return {
      open: next.to === "open" ? next.phase : next.to === "resolved" ? "resolved" : "closed",
      notify: "notify" in next && next.notify,
    };
  });
}

/**
 * The same, naively: at every evaluation, everything is worked out from the whole history so far, without a state. Missing data is skipped
 * first, because it neither counts nor interrupts; only what is open then stays open.
 */
function model(history: Moment[], rule: Rule) {
  /** The known moments since the last alert was closed. */
  let known: Moment[] = [];
  let firedAt: number | null = null;
  return history.map((moment) => {
    if (moment.result !== "unknown") known.push(moment);
    const lastOk = known.findLastIndex(({ result }) => result === "ok");
    const breaches = known.slice(lastOk + 1);
    const goodSince = goodSinceAt(known);
    const answer = (open: string, notify = false) => ({ open, notify });

    if (firedAt === null) {
      const began = breaches[0];
      if (!began) return answer("closed");
      const fires = moment.result === "breached" && moment.at - began.at >= rule.forSeconds;
      if (fires) firedAt = moment.at;
      return answer(fires ? "firing" : "pending", fires);
    }
    if (goodSince !== null && moment.result === "ok" && moment.at - goodSince >= rule.keepFiringSeconds) {
      known = [];
      firedAt = null;
      return answer("resolved", true);
    }
    const quietBefore = moment.result === "breached" ? goodSinceAt(known.slice(0, -1)) : null;
    const relapsed = quietBefore !== null && moment.at - quietBefore >= RELAPSE_SECONDS;
    return answer(goodSince !== null && moment.result !== "unknown" ? "recovering" : "firing", relapsed);
  });
}

/** The first of the ok evaluations at the end of a history; null when it ends with a breach. */
function goodSinceAt(known: Moment[]): number | null {
  const lastBreach = known.findLastIndex(({ result }) => result === "breached");
  return known[lastBreach + 1]?.at ?? null;
}

const histories = fc
  .array(
    fc.record({
      after: fc.constantFrom(1, 3, 10, 15, 15, 40),
      // Runs of the same result, as in life: single ones never fire anything.
      result: fc.constantFrom<Evaluation["result"]>("ok", "breached", "breached", "unknown"),
      times: fc.integer({ min: 1, max: 8 }),
    }),
    { maxLength: 25 },
  )
  .map((runs) => {
    let at = 0;
    return runs.flatMap(({ after, result, times }) =>
      Array.from({ length: times }, (): Moment => {
        at += after;
        return { at, result };
      }),
    );
  });
const rules = fc.record({
  forSeconds: fc.constantFrom(0, 15, 40),
  keepFiringSeconds: fc.constantFrom(0, 30, 60, 300),
});

it("agrees with a model that works everything out from the whole history, for any history", () => {
  fc.assert(
    fc.property(histories, rules, (history, rule) => {
      expect(machine(history, rule)).toEqual(model(history, rule));
    }),
    { numRuns: 2000 },
  );
});
