import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBreaker } from "../../app/tracker/breaker";
import { connectTestRedis } from "../support/services";

let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
beforeAll(async () => {
  ({ redis } = await connectTestRedis(14));
});
afterAll(() => redis.disconnect());

/** Server rendering, garbage collection or a large JSON document hold a process up like this. */
function beBusy(ms: number) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("a deadline", () => {
  it("that passes while the process is busy does not take an answered call for an unanswered one", async () => {
    const changes: string[] = [];
    const breaker = createBreaker({
      timeoutMs: 30,
      probe: () => redis.ping(),
      onChange: ({ reason }) => changes.push(reason),
    });
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = breaker.run(() => redis.ping());
      // The call leaves with the next turn of the event loop, and the process is busy when its answer arrives.
      await new Promise((resolve) => setImmediate(resolve));
      // Long enough for Redis to answer even on a machine that runs other tests.
      beBusy(500);
      expect(await answer).toBe("PONG");
    }
    expect(changes).toEqual([]);
    breaker.stop();
  });
});
