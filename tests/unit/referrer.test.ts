import { describe, expect, it } from "vitest";
import { referrerHost } from "../../app/ingest/referrer";
import type { ViewRequest } from "../../app/ingest/view-request";

const groupOf = (referrer: string | undefined, siteHost?: string) =>
  referrerHost(
    { referrer, header: (name: string) => (name === "host" ? "127.0.0.1:3000" : undefined) } as ViewRequest,
    siteHost,
  );

describe("a referrer", () => {
  it.each([
    ["https://news.ycombinator.com/item?id=1", "news.ycombinator.com"],
    ["https://forum.example/t/9", "forum.example"],
    ["https://bücher.de/", "xn--bcher-kva.de"],
    ["http://WWW.BBC.co.uk./news", "www.bbc.co.uk"],
    ["https://someone.github.io/", "someone.github.io"],
  ])("keeps the host of %s", (referrer, host) => {
    expect(groupOf(referrer)).toBe(host);
  });

  it.each([
    ...Object.getOwnPropertyNames(Object.prototype).map((name) => `http://${name}/`),
    "http://wiki/",
    "http://localhost:8080/",
    "http://intranet-payroll.corp.internal/",
    "http://printer.local/",
    "http://nas.lan/",
    "http://files.corp/",
    "http://router.home.arpa/",
    "http://10.in-addr.arpa/",
    "http://nas.acmecorp/",
    "http://co.uk/",
    "http://x;=1+1;y.com/",
    "http://a_b.example/",
    "http://192.168.1.5/",
    "http://[2001:db8::1]/",
    "http://2130706433/",
    `http://${"x".repeat(60)}.${"y".repeat(60)}.com/`,
    "ftp://ftp.example/",
    "javascript:alert(1)",
  ])("groups %s as other: it is not the name of a public site", (referrer) => {
    expect(groupOf(referrer)).toMatch(/^(other|direct)$/);
  });

  it("is this site's own at its address and behind a proxy that sends another Host", () => {
    expect(groupOf("http://127.0.0.1:3000/story/x")).toBe("this site");
    expect(groupOf("https://stories.example/story/x", "stories.example")).toBe("this site");
    expect(groupOf("https://stories.example/story/x")).toBe("stories.example");
    expect(groupOf(undefined)).toBe("direct");
    expect(groupOf("")).toBe("direct");
  });
});
