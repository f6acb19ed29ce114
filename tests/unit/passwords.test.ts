import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../app/auth/passwords";

describe("passwords", () => {
  it("are hashed with argon2id and a salt of their own", async () => {
    const [one, two] = await Promise.all([hashPassword("low water"), hashPassword("low water")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, "low water")).toBe(true);
    expect(await verifyPassword(one, "high water")).toBe(false);
  });

  it("of nobody never match, not even the decoy's", async () => {
    expect(await verifyPassword(null, "nobody has this password")).toBe(false);
  });

  it("are not hashed when they are absurdly long", async () => {
    expect(() => hashPassword("x".repeat(513))).toThrow(RangeError);
    expect(await verifyPassword(await hashPassword("short"), "x".repeat(1_000_000))).toBe(false);
  });
});
