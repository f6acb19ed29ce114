import { describe, expect, it } from "vitest";
import { addressIn, readerAddress, type TrustedProxies } from "../../scripts/replay/reader-address";
import type { LoggedRequest } from "../../scripts/replay/request";

const reader = (peer: string, forwarded: string, trusted: TrustedProxies = "private") =>
  readerAddress({ peer, forwarded } as LoggedRequest, trusted);

describe("readerAddress", () => {
  it.each([
    ["no proxy", "203.0.113.7", "", "203.0.113.7"],
    ["a load balancer of one's own", "10.0.0.9", "203.0.113.1", "203.0.113.1"],
    ["two of them", "10.0.0.9", "203.0.113.1, 192.168.0.5", "203.0.113.1"],
    ["loopback", "127.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["loopback, IPv6", "::1", "2001:db8::1", "2001:db8::1"],
    ["loopback, mapped", "::ffff:127.0.0.1", "203.0.113.1", "203.0.113.1"],
    ["a forged entry before the right one", "10.0.0.9", "198.51.100.66, 203.0.113.1", "203.0.113.1"],
    ["a forged header from a reader without a proxy", "203.0.113.7", "198.51.100.66", "203.0.113.7"],
    ["only private addresses", "10.0.0.9", "192.168.7.7", "192.168.7.7"],
    ["the list in place of the peer", "", "203.0.113.1, 10.0.0.5", "203.0.113.1"],
    ["the peer at the end of the list as well", "10.0.0.9", "203.0.113.1, 10.0.0.9", "203.0.113.1"],
    ["ports", "10.0.0.9:443", "203.0.113.1:5123", "203.0.113.1"],
    ["brackets", "[::1]:443", "[2001:db8::1]:5123", "2001:db8::1"],
    ["an entry that is none", "10.0.0.9", "unknown, 203.0.113.1", "203.0.113.1"],
  ])("with %s", (_what, peer, forwarded, address) => {
    expect(reader(peer, forwarded)).toBe(address);
  });

  it("trusts as many proxies as it is told to", () => {
    const forwarded = "198.51.100.66, 203.0.113.1, 192.0.2.1";
    expect([0, 1, 2, 3, 50].map((trusted) => reader("192.0.2.2", forwarded, trusted))).toEqual([
      "192.0.2.2",
      "192.0.2.1",
      "203.0.113.1",
      "198.51.100.66",
      "198.51.100.66",
    ]);
    // The peer itself is not in this log.
    expect([0, 1, 2].map((trusted) => reader("", "203.0.113.1, 192.0.2.1", trusted))).toEqual([
      "192.0.2.1",
      "192.0.2.1",
      "203.0.113.1",
    ]);
    expect(reader("10.0.0.9", "203.0.113.1", 0)).toBe("10.0.0.9");
  });

  it("gives each host name an address in a block of its own, always the same", () => {
    const hosts = ["a.example", "b.example", "reader1.dialup.example", "localhost"];
    const blocks = hosts.map((host) => {
      const address = reader(host, "") ?? "";
      expect(addressIn(address)).toBe(address);
      return address.split(":").slice(0, 4).join(":");
    });
    expect(new Set(blocks).size).toBe(hosts.length);
    expect(reader("A.Example", "")).toBe(reader("a.example", ""));
  });

  it.each(["-", "", "unknown", "unix:", "a b"])("finds none in %j", (peer) => {
    expect(reader(peer, "")).toBeNull();
  });
});
