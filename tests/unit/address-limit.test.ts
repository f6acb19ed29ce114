import { describe, expect, it } from "vitest";
import { createAddressLimit } from "../../app/ingest/address-limit";

describe("the limit of an address", () => {
  let now = 1000;
  const open = (rule: Partial<Parameters<typeof createAddressLimit>[0]> = {}) =>
    createAddressLimit({ burst: 5, perMinute: 60, ...rule }, () => now);
  const allowed = (limit: ReturnType<typeof open>, views: number, block = "203.0.113.7") =>
    Array.from({ length: views }, () => limit.allows(block)).filter(Boolean).length;

  it("lets a burst through, and then as many per minute as it says", () => {
    const limit = open();
    expect(allowed(limit, 20)).toBe(5);
    now += 999;
    expect(allowed(limit, 20)).toBe(0);
    now += 1;
    expect(allowed(limit, 20)).toBe(1);
    now += 3000;
    expect(allowed(limit, 20)).toBe(3);
    now += 3_600_000;
    expect(allowed(limit, 20), "a burst again, not an hour's worth").toBe(5);
  });

  it("is each block's own", () => {
    const limit = open();
    expect(allowed(limit, 20)).toBe(5);
    expect(allowed(limit, 20, "203.0.113.8")).toBe(5);
  });

  it("is not extended by views that it refused", () => {
    const limit = open();
    allowed(limit, 5);
    allowed(limit, 10_000);
    now += 1000;
    expect(allowed(limit, 20)).toBe(1);
  });

  it("can be switched off", () => {
    expect(allowed(open({ burst: 0 }), 10_000)).toBe(10_000);
  });

  it("remembers so many blocks and no more", () => {
    const limit = open({ burst: 1 });
    for (let n = 0; n < 60_000; n += 1) limit.allows(`block ${n}`);
    expect(limit.allows("block 0"), "forgotten").toBe(true);
    expect(limit.allows("block 59999"), "remembered").toBe(false);
  });
});
