import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { leaveOutSpam, parseSpamList, readSpamList } from "../../app/pages/story-analytics/sources/spam-list";
import { scratchDirectory } from "../support/runtime";

const scratch = scratchDirectory("spam-list");
afterAll(() => scratch.remove());
const file = join(scratch.dir, "spammers.txt");

const referrers = [
  { value: "direct", views: 40 },
  { value: "free-traffic.example", views: 9 },
  { value: "eu.free-traffic.example", views: 3 },
  { value: "notfree-traffic.example", views: 2 },
  { value: "campaign:free-traffic.example//", views: 1 },
];

describe("a list of referrer spam", () => {
  it("has a host per line, in any spelling, and comments", () => {
    const text =
      "# kept elsewhere\r\nFree-Traffic.example\n\n  casino.example # since May\nпример.example\nno host at all\n";
    expect([...parseSpamList(text)]).toEqual([
      "free-traffic.example",
      "casino.example",
      "xn--e1afmkfd.example",
    ]);
  });

  it("takes its hosts and all below them out, says how many, and touches nothing else", () => {
    const { kept, spam } = leaveOutSpam(referrers, new Set(["free-traffic.example"]));
    expect(kept.map(({ value }) => value)).toEqual([
      "direct",
      "notfree-traffic.example",
      "campaign:free-traffic.example//",
    ]);
    expect(spam).toEqual({ sites: 2, views: 12 });
    expect(leaveOutSpam(referrers, new Set())).toEqual({ kept: referrers, spam: { sites: 0, views: 0 } });
  });

  it("is read anew each time, is empty where none is set, and says why it could not be read", async () => {
    expect(await readSpamList(undefined)).toEqual({ ok: true, hosts: new Set() });
    writeFileSync(file, "free-traffic.example\n");
    expect(await readSpamList(file)).toEqual({ ok: true, hosts: new Set(["free-traffic.example"]) });
    writeFileSync(file, "casino.example\n");
    expect(await readSpamList(file)).toEqual({ ok: true, hosts: new Set(["casino.example"]) });
    rmSync(file);
    expect(await readSpamList(file)).toMatchObject({ ok: false, error: { code: "ENOENT" } });
  });
});
