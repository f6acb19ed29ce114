import { describe, expect, it } from "vitest";
import { siteHosts } from "../../server/site-hosts";

const LOOPBACK = [
  "localhost",
  "localhost:3000",
  "LOCALHOST.",
  "x.localhost",
  "127.0.0.1:3000",
  "127.8.0.1",
  "[::1]:3000",
];
const NOT_HOSTS = [
  "",
  "a@b",
  "x/login?",
  "x/login#",
  "a b",
  "a:b",
  "x:99999",
  "[::1",
  "::1",
  "evil.example:80:80",
  "a,b",
  "\x80",
];

describe("a Host header", () => {
  it("names this site if it is PUBLIC_URL's or this machine's own, with any port", () => {
    const hostOf = siteHosts({ HOST: "0.0.0.0", PUBLIC_URL: "https://Stories.example/" }, "box");
    for (const host of [...LOOPBACK, "stories.example", "stories.example:443", "STORIES.example."])
      expect(hostOf(host), host).toBe("ours");
    for (const host of [
      "evil.example",
      "stories.example.evil.example",
      "xstories.example",
      "192.168.1.5",
      "box",
      "[2001:db8::1]",
    ])
      expect(hostOf(host), host).toBe("foreign");
  });

  it("names this site only by loopback names where it listens on loopback without PUBLIC_URL", () => {
    for (const HOST of ["127.0.0.1", "localhost", "::1"]) {
      const hostOf = siteHosts({ HOST }, "box");
      for (const host of LOOPBACK) expect(hostOf(host), host).toBe("ours");
      for (const host of ["rebound.example", "192.168.1.5:3000", "box"])
        expect(hostOf(host), host).toBe("foreign");
    }
  });

  it("names this site by its addresses and by the machine's name, too, where it is open to a network without PUBLIC_URL", () => {
    for (const HOST of ["0.0.0.0", "::", "192.168.1.5"]) {
      const hostOf = siteHosts({ HOST }, "box");
      for (const host of [...LOOPBACK, "192.168.1.5:3000", "[2001:db8::1]:3000", "box:3000", "Box.local"])
        expect(hostOf(host), host).toBe("ours");
      for (const host of ["rebound.example", "otherbox"]) expect(hostOf(host), host).toBe("foreign");
    }
  });

  it.each(NOT_HOSTS)("is unreadable if it is no host: %j", (host) => {
    expect(siteHosts({ HOST: "127.0.0.1" })(host)).toBe("unreadable");
  });
});
