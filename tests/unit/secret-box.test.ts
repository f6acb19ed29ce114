import { describe, expect, it } from "vitest";
import { CannotOpen, createSecretBox } from "~/platform/secret-box";

const secrets = ["a secret that is long enough"];
const box = createSecretBox(secrets, "tests");

describe("a secret box", () => {
  it("opens what it sealed, of any text", () => {
    for (const text of ["", "JBSWY3DPEHPK3PXP", "https://hooks.example/T0/B0/ü€😀"])
      expect(box.open(box.seal(text))).toBe(text);
  });

  it("seals the same text differently each time, and shows nothing of it", () => {
    const sealed = box.seal("the same text");
    expect(box.seal("the same text")).not.toBe(sealed);
    expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain("same");
  });

  it("refuses a text of which any one byte was changed, or that was cut", () => {
    const bytes = Buffer.from(box.seal("shared with an app"), "base64url");
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed.toString("base64url")), `byte ${at}`).toThrow(CannotOpen);
      expect(() => box.open(bytes.subarray(0, at).toString("base64url")), `cut at ${at}`).toThrow(CannotOpen);
    }
  });

  it("does not open what another secret, or another purpose, sealed", () => {
    const sealed = box.seal("for tests only");
    expect(() => createSecretBox(["another secret, also long"], "tests").open(sealed)).toThrow(CannotOpen);
    expect(() => createSecretBox(secrets, "something else").open(sealed)).toThrow(CannotOpen);
  });

  it("opens what the previous secret sealed, and seals with the new one", () => {
    const old = box.seal("kept over a rotation");
    const rotated = createSecretBox(["the new secret, also long", ...secrets], "tests");
    expect(rotated.open(old)).toBe("kept over a rotation");
    expect(() => box.open(rotated.seal("new"))).toThrow(CannotOpen);
  });

  it("seals with the new one what the previous one sealed, and nothing else", () => {
    const newest = "the new secret, also long";
    const rotated = createSecretBox([newest, ...secrets], "tests");
    const renewed = rotated.renew(box.seal("kept after a rotation")) ?? "";
    expect(createSecretBox([newest], "tests").open(renewed)).toBe("kept after a rotation");
    expect(rotated.renew(renewed)).toBeNull();
    expect(rotated.renew(createSecretBox(["a secret that is gone by now"], "tests").seal("lost"))).toBeNull();
    expect(rotated.renew("nonsense")).toBeNull();
  });
});
