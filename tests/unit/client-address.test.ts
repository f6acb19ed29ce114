import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { clientAddress } from "../../app/platform/client-address";

const requestFrom = (address: string, forwarded?: string) =>
  ({
    socket: { remoteAddress: address },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as unknown as IncomingMessage;

describe("the client's address", () => {
  it("is the proxy's word for as many proxies as are trusted, and no more", () => {
    const request = requestFrom("10.0.0.1", "198.51.100.1, 203.0.113.7");
    expect(clientAddress(request, 0)).toBe("10.0.0.1");
    expect(clientAddress(request, 1)).toBe("203.0.113.7");
    expect(clientAddress(request, 2)).toBe("198.51.100.1");
  });

  it.each([
    ["203.0.113.7:51234", "203.0.113.7"],
    ["[2001:db8::7]:51234", "2001:db8::7"],
    ["[2001:db8::7]", "2001:db8::7"],
    ["2001:db8::7", "2001:db8::7"],
  ])("has neither port nor brackets: %s", (forwarded, address) => {
    expect(clientAddress(requestFrom("10.0.0.1", forwarded), 1)).toBe(address);
  });
});
