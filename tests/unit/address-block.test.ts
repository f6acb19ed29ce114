import { describe, expect, it } from "vitest";
import { homeBlock, readerBlock } from "../../app/platform/address-block";

describe("the block of a reader", () => {
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
    expect(readerBlock(address)).toBe(block);
    expect(readerBlock(address)).toBe(block);
  });

  it("of a text that is not an address is that text, within bounds", () => {
    expect(readerBlock("unknown")).toBe("unknown");
    expect(readerBlock("1.2.3")).toBe("1.2.3");
    expect(readerBlock("")).toBe("");
    expect(readerBlock("x".repeat(5000))).toHaveLength(100);
  });
});

describe("the block of a home", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2ff::1", "2001:db8:1:200::"],
    ["2001:db8:1:200:a:b:c:d", "2001:db8:1:200::"],
    ["2001:db8:1:300::1", "2001:db8:1:300::"],
    ["unknown", "unknown"],
  ])("of %s is %s", (address, block) => expect(homeBlock(address)).toBe(block));
});
