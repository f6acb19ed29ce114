import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../app/auth/passwords";

describe("passwords", () => {
  it("are hashed with argon2id, each with its own salt", async () => {
    const [one, two] = await Promise.all([hashPassword("low water"), hashPassword("low water")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, "low water")).toBe(true);
    expect(await verifyPassword(one, "high water")).toBe(false);
  });

  it("never match for a user who does not exist, not even the decoy's password", async () => {
    expect(await verifyPassword(null, "the decoy's password")).toBe(false);
  });

  it("are not hashed when they are absurdly long", async () => {
    expect(() => hashPassword("x".repeat(513))).toThrow(RangeError);
    expect(await verifyPassword(await hashPassword("short"), "x".repeat(1_000_000))).toBe(false);
  });
});
