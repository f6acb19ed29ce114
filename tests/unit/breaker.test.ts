import { beforeEach, describe, expect, it } from "vitest";
import { type Breaker, BreakerOpen, type BreakerState, createBreaker } from "../../app/tracker/breaker";
import type { Timer } from "../../app/tracker/timeout";

const TIMEOUT_MS = 150;
const PROBE_EVERY_MS = 250;

/** A clock that moves only when a test moves it. */
function handMadeTimer() {
  let now = 1_000_000;
  let waiting: { at: number; run: () => void }[] = [];
  const timer: Timer = {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      return {
        cancel() {
          waiting = waiting.filter((other) => other !== entry);
        },
      };
    },
  };
  /** Moves the clock and runs due timers, and the promises behind them, in order. */
  async function pass(ms: number) {
    const end = now + ms;
    for (;;) {
      const due = waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      now = Math.max(now, due?.at ?? end);
      if (!due) break;
      waiting = waiting.filter((entry) => entry !== due);
      due.run();
      await settled();
    }
    await settled();
  }
  return { timer, pass, pending: () => waiting.length };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A promise that a test settles by hand. */
function byHand<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

let time: ReturnType<typeof handMadeTimer>;
let changes: BreakerState[];
let probes: number;
let probe: () => Promise<unknown>;
let breaker: Breaker;

const well = () => Promise.resolve("PONG");
const away = () => Promise.reject(new Error("away"));
const isOpen = () => breaker.state().open;
const fail = (message = "broken") =>
  breaker.run(() => Promise.reject(new Error(message))).catch(() => undefined);

beforeEach(() => {
  time = handMadeTimer();
  changes = [];
  probes = 0;
  probe = well;
  breaker = createBreaker({
    timeoutMs: TIMEOUT_MS,
    probe: () => {
      probes += 1;
      return probe();
    },
    onChange: (state) => changes.push(state),
    timer: time.timer,
  });
});

/** Opens it and lets one probe close it. */
async function openAndClose() {
  await fail();
  await time.pass(PROBE_EVERY_MS);
}

describe("the breaker", () => {
  it("lets work through while closed, and leaves no timer behind", async () => {
    expect(await breaker.run(async () => 7)).toBe(7);
    expect(time.pending()).toBe(0);
    expect(changes).toEqual([]);
  });

  it("opens at the first failure, reports why, and does not run the next work", async () => {
    await expect(breaker.run(() => Promise.reject(new Error("OOM")))).rejects.toThrow("OOM");
    expect(breaker.state()).toMatchObject({ open: true, reason: "OOM", since: time.timer.now() });
    let ran = false;
    const refused = breaker.run(async () => {
      ran = true;
    });
    await expect(refused).rejects.toThrow(BreakerOpen);
    expect(ran).toBe(false);
  });

  it("opens for work that throws before it returns a promise", async () => {
    await expect(
      breaker.run(() => {
        throw new Error("at once");
      }),
    ).rejects.toThrow("at once");
    expect(isOpen()).toBe(true);
  });

  it("gives up on work that takes too long, and not a moment earlier", async () => {
    const answer = breaker.run(() => new Promise(() => undefined)).catch((error: Error) => error.message);
    await time.pass(TIMEOUT_MS - 1);
    expect(isOpen()).toBe(false);
    await time.pass(1);
    expect(await answer).toBe("no answer within 150 ms");
    expect(breaker.state()).toMatchObject({ open: true, reason: "no answer within 150 ms" });
  });

  it("sends one probe at a time, every 250 ms, and closes at the first that passes", async () => {
    probe = away;
    await fail();
    await time.pass(4 * PROBE_EVERY_MS);
    expect([isOpen(), probes]).toEqual([true, 4]);
    probe = () => new Promise(() => undefined);
    await time.pass(PROBE_EVERY_MS + TIMEOUT_MS - 1);
    expect(probes, "the one that hangs").toBe(5);
    probe = well;
    await time.pass(1 + PROBE_EVERY_MS);
    expect([isOpen(), probes]).toEqual([false, 6]);
    await time.pass(60_000);
    expect(probes, "a closed breaker does not probe").toBe(6);
    expect(changes.map((state) => state.open)).toEqual([true, false]);
    expect(breaker.state().reason).toBe("");
  });

  it("ignores a failure of work that started before the last change", async () => {
    const [early, late] = [byHand<void>(), byHand<void>()];
    const first = breaker.run(() => early.promise).catch(() => undefined);
    const second = breaker.run(() => late.promise).catch(() => undefined);
    early.reject(new Error("cut"));
    await first;
    // The breaker closes again within the time limit of the second piece of work.
    breaker.hold(null);
    await time.pass(TIMEOUT_MS - 1);
    expect(isOpen()).toBe(true);
    late.reject(new Error("cut too"));
    await second;
    await time.pass(PROBE_EVERY_MS);
    expect(isOpen()).toBe(false);
    expect(changes.map((state) => state.reason)).toEqual(["cut", ""]);
  });

  it("is not opened again by work from before it opened and closed", async () => {
    // Longer than the wait for a probe: otherwise the work would time out before the breaker closes.
    breaker = createBreaker({
      timeoutMs: 10 * PROBE_EVERY_MS,
      probe: well,
      onChange: (state) => changes.push(state),
      timer: time.timer,
    });
    const work = byHand<void>();
    const old = breaker.run(() => work.promise).catch((error: Error) => error.message);
    await openAndClose();
    expect(isOpen()).toBe(false);
    work.reject(new Error("late"));
    expect(await old).toBe("late");
    expect(isOpen()).toBe(false);
    expect(changes).toHaveLength(2);
  });

  it("needs more probes in a row from a store that flaps, up to four, and one again after ten quiet seconds", async () => {
    for (const needed of [1, 2, 4, 4]) {
      await fail(`flap ${needed}`);
      const before = probes;
      await time.pass((needed - 1) * PROBE_EVERY_MS);
      expect(isOpen(), `${needed - 1} of ${needed}`).toBe(true);
      await time.pass(PROBE_EVERY_MS);
      expect([isOpen(), probes - before]).toEqual([false, needed]);
    }
    await time.pass(10_000);
    await openAndClose();
    expect(isOpen()).toBe(false);
  });

  it("counts probes in a row: a failed one in between restarts the count", async () => {
    await openAndClose();
    await fail("flap");
    await time.pass(PROBE_EVERY_MS);
    probe = away;
    await time.pass(PROBE_EVERY_MS);
    probe = well;
    await time.pass(PROBE_EVERY_MS);
    expect(isOpen(), "one of two").toBe(true);
    await time.pass(PROBE_EVERY_MS);
    expect(isOpen()).toBe(false);
  });

  it("stays open while it is held, and closes at the next good probe once released", async () => {
    breaker.hold("a drill");
    expect(breaker.state()).toMatchObject({ open: true, reason: "a drill" });
    await time.pass(20 * PROBE_EVERY_MS);
    expect(isOpen()).toBe(true);
    breaker.hold(null);
    expect(isOpen(), "not before the store has answered").toBe(true);
    await time.pass(PROBE_EVERY_MS);
    expect(isOpen()).toBe(false);
  });

  it("answers while it is held only if the store does, and not while it is open for a fault", async () => {
    expect(breaker.answers()).toBe(true);
    breaker.hold("a drill");
    expect(breaker.answers(), "not before the store has answered a probe").toBe(false);
    await time.pass(PROBE_EVERY_MS);
    expect(breaker.answers()).toBe(true);
    probe = away;
    await time.pass(PROBE_EVERY_MS);
    expect(breaker.answers()).toBe(false);
    breaker.hold(null);
    expect(breaker.answers()).toBe(false);
    probe = well;
    await time.pass(PROBE_EVERY_MS);
    expect(breaker.answers()).toBe(true);
  });

  it("stays open when released while the store is unreachable, until the store is back", async () => {
    breaker.hold("a drill");
    probe = away;
    breaker.hold(null);
    await time.pass(4 * PROBE_EVERY_MS);
    expect(isOpen()).toBe(true);
    probe = well;
    await time.pass(PROBE_EVERY_MS);
    expect(isOpen()).toBe(false);
  });

  it("keeps the first reason when it is tripped twice, and starts only one series of probes", async () => {
    breaker.trip("the connection was lost");
    breaker.trip("and again");
    expect(breaker.state().reason).toBe("the connection was lost");
    probe = away;
    await time.pass(4 * PROBE_EVERY_MS);
    expect(probes).toBe(4);
    expect(changes).toHaveLength(1);
  });

  it("does not probe or change once stopped", async () => {
    await fail();
    breaker.stop();
    await time.pass(10 * PROBE_EVERY_MS);
    expect([isOpen(), probes, time.pending()]).toEqual([true, 0, 0]);
  });
});
