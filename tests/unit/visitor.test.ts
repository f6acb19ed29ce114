import { describe, expect, it } from "vitest";
import type { ViewRequest } from "../../app/ingest/view-request";
import { createIdentify } from "../../app/ingest/visitor";

const request = (cookie?: string) =>
  ({
    address: "203.0.113.1",
    header: (name: string) => (name === "cookie" ? cookie : undefined),
  }) as ViewRequest;
/** Signed cookies `<id>.signature` have a user. */
const withUsers = () => {
  const asked: string[] = [];
  const identify = createIdentify(async (cookie) => {
    asked.push(cookie);
    const id = Number(/tidemark=(\d+)/.exec(cookie)?.[1]);
    return id ? { id, name: "", email: "", role: "READER", signedInAt: 0 } : null;
  }, 3_600_000);
  return { asked, identify };
};

describe("the user of a cookie", () => {
  it("is remembered by session, whatever other cookies come with it and however it is spelled", async () => {
    const { asked, identify } = withUsers();
    await identify.find(request("__tidemark=7%3D.abc"));
    for (const cookie of [
      "__tidemark=7%3D.abc",
      "theme=dark; __tidemark=7%3D.abc; a=1",
      "a=2;__tidemark=7%3d.abc",
      "__tidemark=%37%3D%2Eabc",
      "__tidemark = 7%3D.abc ;a=3",
    ])
      expect(identify.known(request(cookie))?.user?.id, cookie).toBe(7);
    expect(asked).toHaveLength(1);
  });

  it("stays remembered while one reader sends any number of other cookies", async () => {
    const { identify } = withUsers();
    await identify.find(request("__tidemark=1.abc"));
    for (let i = 0; i < 6000; i += 1) await identify.find(request(`__tidemark=2.abc; a=${i}`));
    expect(identify.known(request("__tidemark=1.abc"))?.user?.id).toBe(1);
  });

  it("is that of the cookie over HTTPS, whatever an earlier one says", async () => {
    const { asked, identify } = withUsers();
    await identify.find(request("__Host-tidemark=7.abc"));
    expect(identify.known(request("__tidemark=9.abc; __Host-tidemark=7.abc"))?.user?.id).toBe(7);
    expect(identify.known(request("__tidemark=9.abc"))).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it("needs no look-up without a session cookie", () => {
    const { asked, identify } = withUsers();
    for (const cookie of [undefined, "theme=dark", "x__tidemark=1.abc", "__tidemark="])
      expect(identify.known(request(cookie))?.user, cookie).toBeNull();
    expect(asked).toEqual([]);
  });

  it("is not one session's for another's signature", async () => {
    const { identify } = withUsers();
    await identify.find(request("__tidemark=7.abc"));
    expect(identify.known(request("__tidemark=7.abd"))).toBeNull();
    expect(identify.known(request("__tidemark=%zz"))).toBeNull();
  });
});
