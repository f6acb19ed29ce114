import { afterEach, describe, expect, it, vi } from "vitest";
import { type Change, createChangeFeed, type TableVersions } from "../../app/telemetry/change-feed";

afterEach(() => vi.useRealTimers());

function feedOf() {
  vi.useFakeTimers();
  const state = { versions: { sample: "1" } as TableVersions, polls: 0, fails: false, errors: 0 };
  const feed = createChangeFeed({
    readVersions: async () => {
      state.polls += 1;
      if (state.fails) throw new Error("no database");
      return { ...state.versions };
    },
    onError: () => {
      state.errors += 1;
    },
  });
  return { feed, state };
}

const noEnd = () => undefined;

describe("the change feed", () => {
  it("polls once for all listeners, and not at all without any", async () => {
    const { feed, state } = feedOf();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.polls).toBe(0);
    const stops = Array.from({ length: 20 }, () => feed.subscribe(() => undefined, noEnd));
    await vi.advanceTimersByTimeAsync(9_500);
    expect(state.polls).toBe(5);
    for (const stop of stops) stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.polls).toBeLessThanOrEqual(6);
    expect(feed.size()).toBe(0);
  });

  it("reports changes, but none from before the first listener", async () => {
    const { feed, state } = feedOf();
    const received: Change[][] = [];
    feed.subscribe((changes) => received.push(changes), noEnd);
    await vi.advanceTimersByTimeAsync(3000);
    expect(received).toEqual([]);
    state.versions = { sample: "2", sync: "7" };
    await vi.advanceTimersByTimeAsync(2000);
    expect(received).toEqual([["sample", "sync"]]);
    feed.publish("mode");
    expect(received.at(-1)).toEqual(["mode"]);
  });

  it("sends a message every ten seconds, even while Postgres does not answer", async () => {
    const { feed, state } = feedOf();
    const received: Change[][] = [];
    state.fails = true;
    feed.subscribe((changes) => received.push(changes), noEnd);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(received).toEqual([["nothing"], ["nothing"]]);
    expect(state.errors).toBeGreaterThan(5);
    feed.publish("mode");
    expect(received.length).toBe(3);
  });

  it("ends all listeners when it closes, and later ones at once", () => {
    const { feed } = feedOf();
    let ended = 0;
    const end = () => {
      ended += 1;
    };
    feed.subscribe(noEnd, end);
    feed.subscribe(noEnd, end);
    feed.close();
    expect([ended, feed.size()]).toEqual([2, 0]);
    feed.subscribe(noEnd, end);
    expect([ended, feed.size()]).toEqual([3, 0]);
  });
});
