import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SignedInUser } from "../../app/auth/sessions";
import type { ViewRequest } from "../../app/ingest/view-request";
import { createIdentify } from "../../app/ingest/visitor";

const ADA: SignedInUser = { id: 7, name: "Ada", email: "ada@example.com", role: "READER", signedInAt: 0 };
const request = {
  address: "192.0.2.1",
  header: (name: string) => (name === "cookie" ? "__tidemark=x" : undefined),
} as ViewRequest;

/** ms */
let now = 1000;
/** The cache asks for the time at most once per millisecond, for which it sets a timer. */
function pass(ms: number) {
  now += ms;
  vi.advanceTimersByTime(ms);
}
beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

describe("a signed-in reader", () => {
  it("is recognised without a query for five seconds, and no longer", async () => {
    const identify = createIdentify(async () => ADA, 3_600_000, { now: () => now });
    expect((await identify.find(request)).viewer).toEqual({ userId: 7 });
    pass(4900);
    expect(identify.known(request)?.viewer).toEqual({ userId: 7 });
    pass(200);
    expect(identify.known(request), "their session may have ended since").toBeNull();
  });

  it("whose session was ended does not come back when Postgres is away, and another one does", async () => {
    let answer: () => Promise<SignedInUser | null> = async () => ADA;
    const away = async () => {
      throw new Error("Postgres is away");
    };
    const identify = createIdentify(() => answer(), 3_600_000, { now: () => now });
    await identify.find(request);
    pass(6000);
    answer = away;
    expect((await identify.find(request)).viewer, "a stale user is better than none").toEqual({ userId: 7 });
    answer = async () => null;
    expect((await identify.find(request)).user).toBeNull();
    answer = away;
    await expect(identify.find(request)).rejects.toThrow("away");
  });
});
