import { describe, expect, it } from "vitest";
import { findDestination, isPublic, RefusedAddress } from "../../app/alerts/webhook-address";

const PRIVATE = [
  "127.0.0.1",
  "127.8.8.8",
  "0.0.0.0",
  "10.0.0.8",
  "172.16.3.4",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "198.18.0.1",
  "192.0.2.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.8",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:db8::1",
  "fe80::1",
  "fec0::1",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "not an address",
];
const at =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
const strict = (...addresses: string[]) => ({ allowPrivate: false, lookup: at(...addresses) });

describe("an address", () => {
  it.each(PRIVATE)("%s is not public", (address) => expect(isPublic(address)).toBe(false));
  it.each(["93.184.215.14", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])(
    "%s is public",
    (address) => expect(isPublic(address)).toBe(true),
  );
});

describe("a webhook's address", () => {
  it("comes with the address that its name had when it was checked", async () => {
    const found = await findDestination("https://hooks.example/x", strict("1.1.1.1", "8.8.8.8"));
    expect(found).toMatchObject({ address: "1.1.1.1", family: 4 });
  });

  it("is refused when any of its name's addresses is private", async () => {
    await expect(findDestination("https://hooks.example/x", strict("1.1.1.1", "10.0.0.1"))).rejects.toThrow(
      RefusedAddress,
    );
  });

  it.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:169.254.169.254]/latest/meta-data",
    "http://localhost:6379/",
  ])("%s is refused after the system's own look-up", async (address) => {
    await expect(findDestination(address, { allowPrivate: false })).rejects.toThrow(/private network/);
  });

  it("may be private where the site allows it", async () => {
    expect(await findDestination("http://[::1]:9/", { allowPrivate: true })).toMatchObject({
      address: "::1",
      family: 6,
    });
  });

  it.each(["file:///etc/passwd", "ftp://hooks.example/", "nonsense", "https://user:word@hooks.example/"])(
    "%s is not a webhook",
    async (address) => {
      await expect(findDestination(address, { allowPrivate: true, lookup: at("1.1.1.1") })).rejects.toThrow(
        RefusedAddress,
      );
    },
  );

  it("is refused without naming its path, which may be secret", async () => {
    const refusal = await findDestination("https://hooks.example/T0/secret", strict("10.0.0.1")).catch(
      (error: Error) => error.message,
    );
    expect(refusal).toContain("hooks.example");
    expect(refusal).not.toContain("secret");
    await expect(findDestination("https://hooks.example/", strict())).rejects.toThrow(
      /could not be resolved/,
    );
  });
});
