import { describe, expect, it } from "vitest";
import { createForwarding } from "../../app/platform/forwarding";

function watch(hops: number) {
  const lines: string[] = [];
  let now = 0;
  const forwarding = createForwarding(hops, { warn: (line: string) => void lines.push(line) }, () => now);
  return {
    lines,
    forwarding,
    pass: (ms: number) => {
      now += ms;
    },
    requests(count: number, chain?: string) {
      for (let i = 0; i < count; i += 1)
        forwarding.note(chain === undefined ? {} : { "x-forwarded-for": chain });
    },
  };
}

describe("TRUST_PROXY and the proxies that requests come through", () => {
  it("are noticed to differ when requests are forwarded and none should be, and logged once", () => {
    const { forwarding, lines, requests } = watch(0);
    requests(2, "203.0.113.1");
    expect(forwarding.warning()).toBeNull();
    requests(20, "203.0.113.1");
    expect(forwarding.warning()).toMatch(/TRUST_PROXY is 0/);
    expect(lines).toEqual([forwarding.warning()]);
  });

  it("are noticed to differ by the standard header as well", () => {
    const { forwarding } = watch(0);
    for (let i = 0; i < 3; i += 1) forwarding.note({ forwarded: "for=203.0.113.1" });
    expect(forwarding.warning()).not.toBeNull();
  });

  it("are noticed to differ when the chain is shorter", () => {
    const { forwarding, requests } = watch(2);
    requests(10, "203.0.113.1");
    expect(forwarding.warning()).toMatch(/fewer proxies than TRUST_PROXY says \(2\)/);
  });

  it.each([
    [0, undefined],
    [1, "203.0.113.1"],
    [1, "198.51.100.1, 203.0.113.1"],
    [2, "203.0.113.1, 10.0.0.1"],
  ])("agree with %d for %s", (hops, chain) => {
    const { forwarding, requests } = watch(hops);
    requests(50, chain);
    expect(forwarding.warning()).toBeNull();
  });

  it("do not differ because a stranger writes the header", () => {
    const { forwarding, requests } = watch(0);
    requests(100);
    requests(90, "203.0.113.1");
    expect(forwarding.warning()).toBeNull();
  });

  it("agree again ten minutes after the setting was mended in front", () => {
    const { forwarding, pass, requests } = watch(0);
    requests(10, "203.0.113.1");
    pass(4 * 60_000);
    expect(forwarding.warning()).not.toBeNull();
    pass(2 * 60_000);
    expect(forwarding.warning()).not.toBeNull();
    pass(5 * 60_000);
    expect(forwarding.warning()).toBeNull();
    requests(10, "203.0.113.1");
    pass(60 * 60_000);
    expect(forwarding.warning()).toBeNull();
  });
});
