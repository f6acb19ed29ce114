import { describe, expect, it } from "vitest";
import { hasOptedOut, optOutCookie } from "../../app/auth/opt-out";
import { describeVisitor } from "../../app/ingest/visitor";
import { exclusionOf, type Visit } from "../../app/tracker/exclusion";

const visit = (more: Partial<Visit>): Visit => ({
  browser: { named: true, robot: false },
  automated: false,
  header: () => undefined,
  userId: null,
  optedOut: false,
  published: true,
  staff: [],
  honourPrivacySignals: false,
  ...more,
});

describe("opting out", () => {
  it("is read from the cookie that it sets, with and without HTTPS, and ended by the one that opts in", () => {
    for (const secure of [false, true]) {
      const [out, back] = [optOutCookie({ secure }, true), optOutCookie({ secure }, false)];
      const sent = (header: string) => header.split(";")[0];
      expect(hasOptedOut(`a=b; ${sent(out)}; c=d`)).toBe(true);
      expect(hasOptedOut(sent(back))).toBe(false);
      expect(out).toMatch(/HttpOnly; SameSite=Lax/);
      expect(back).toContain("Max-Age=0");
      expect(/; Secure$/.test(out), "what __Host- requires").toBe(secure);
      expect(out.startsWith("__Host-")).toBe(secure);
    }
    expect(hasOptedOut("x__tidemark-uncounted=1")).toBe(false);
    expect(hasOptedOut("__tidemark-uncounted=10")).toBe(false);
    expect(hasOptedOut(undefined)).toBe(false);
  });

  it("keeps a view from counting, in a browser or in an account", () => {
    const request = (cookie: string) => ({
      address: "192.0.2.1",
      header: (name: string) => (name === "cookie" ? cookie : undefined),
    });
    const user = { id: 7, name: "Ada", email: "", role: "READER", signedInAt: 0 } as const;
    expect(describeVisitor(request("a=b"), user, 1).optedOut).toBe(false);
    expect(describeVisitor(request("a=b"), { ...user, optedOut: true }, 1).optedOut).toBe(true);
    expect(describeVisitor(request("__tidemark-uncounted=1"), null, 1).optedOut).toBe(true);
    expect(exclusionOf(visit({ optedOut: true }))).toBe("opted-out");
    expect(exclusionOf(visit({ optedOut: true, published: false })), "a draft stays unknown").toBe(
      "unpublished",
    );
  });
});
