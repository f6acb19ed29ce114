import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { addressBlock, clientAddress } from "../../app/platform/client-address";

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

describe("the block of an address", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:cb00:7107", "203.0.113.7"],
    ["2001:db8:1:2::1", "2001:db8:1:2::"],
    ["2001:DB8:1:2:A:B:C:D", "2001:db8:1:2::"],
    ["2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::"],
    ["2001:db8:1:3::1", "2001:db8:1:3::"],
    ["fe80::1%eth0", "fe80::"],
    ["::1", "::"],
  ])("of %s is %s, however it is spelled", (address, block) => {
    expect(addressBlock(address)).toBe(block);
    expect(addressBlock(address)).toBe(block);
  });

  it("of a text that is not an address is that text, within bounds", () => {
    expect(addressBlock("unknown")).toBe("unknown");
    expect(addressBlock("1.2.3")).toBe("1.2.3");
    expect(addressBlock("")).toBe("");
    expect(addressBlock("x".repeat(5000))).toHaveLength(100);
  });
});
