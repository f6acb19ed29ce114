import { describe, expect, it } from "vitest";
import { keepLastReading } from "../../app/platform/last-reading";

describe("a reading that is kept", () => {
  it("is returned with its time and the reason while there is no newer one", async () => {
    let answer: () => Promise<number> = async () => 7;
    let minute = 0;
    const errors: string[] = [];
    const read = keepLastReading(() => answer(), {
      timeoutMs: 50,
      sharedMs: 0,
      onError: (error) => errors.push(error.message),
      now: () => new Date(Date.UTC(2026, 10, 30, 12, minute)),
    });
    answer = () => Promise.reject(new Error("away"));
    expect(await read()).toEqual({ data: null, readAt: null, why: "away" });
    answer = async () => 7;
    expect(await read()).toMatchObject({ data: 7, why: null });
    minute = 5;
    answer = () => new Promise(() => undefined);
    expect(await read()).toEqual({
      data: 7,
      readAt: new Date(Date.UTC(2026, 10, 30, 12, 0)),
      why: "no answer within 50 ms",
    });
    expect(errors).toEqual(["away", "no answer within 50 ms"]);
  });

  it("also keeps an answer that came too late for its reader", async () => {
    let deliver: (value: number) => void = () => undefined;
    const read = keepLastReading(() => new Promise<number>((resolve) => (deliver = resolve)), {
      timeoutMs: 20,
      sharedMs: 0,
    });
    expect((await read()).data).toBeNull();
    deliver(9);
    expect((await read()).data).toBe(9);
  });
});
