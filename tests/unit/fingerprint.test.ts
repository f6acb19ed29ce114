import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../app/tracker/fingerprint";

describe("a fingerprint", () => {
  const byNode = (salt: Buffer, message: string) =>
    createHmac("sha256", salt).update(message).digest().subarray(0, 6).toString("base64url");

  it("is HMAC-SHA-256, whatever the salt and the message", () => {
    const messages = [
      "",
      "s7\u0000192.0.2.1\u0000Mozilla/5.0",
      "Zoë 🌊",
      "long ".repeat(500),
      "too long ".repeat(2000),
    ];
    const salts = [32, 0, 1, 64, 65, 200].map((bytes) => randomBytes(bytes));
    // Twice and in turn: neither the last message nor the last salt leaves anything behind.
    for (let round = 0; round < 2; round += 1)
      for (const salt of salts)
        for (const message of messages) expect(fingerprint(salt, message)).toBe(byNode(salt, message));
  });
});
