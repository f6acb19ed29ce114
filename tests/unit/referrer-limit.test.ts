import { expect, it } from "vitest";
import { createReferrerLimit } from "../../app/ingest/referrer-limit";

let now = 1000;
const open = () => createReferrerLimit(() => now);
const named = (limit: ReturnType<typeof open>, block: string, hosts: number) =>
  Array.from({ length: hosts }, (_, n) => limit(block, `made-up-${n}.com`)).filter((host) => host !== "other")
    .length;

it("lets one address name ten referring sites per hour, and the same ones again and again", () => {
  const limit = open();
  expect(named(limit, "203.0.113.7", 500)).toBe(10);
  expect(limit("203.0.113.7", "made-up-3.com")).toBe("made-up-3.com");
  expect(limit("203.0.113.7", "news.example.com")).toBe("other");
  expect(limit("203.0.113.8", "news.example.com"), "another address").toBe("news.example.com");
  now += 3_599_999;
  expect(limit("203.0.113.7", "news.example.com")).toBe("other");
  now += 1;
  expect(limit("203.0.113.7", "news.example.com")).toBe("news.example.com");
});

it("limits campaigns together with sites: they are made up as easily", () => {
  const limit = open();
  named(limit, "203.0.113.10", 6);
  const kept = Array.from({ length: 50 }, (_, n) => limit("203.0.113.10", `campaign:made-up-${n}//`));
  expect(kept.filter((value) => value !== "other")).toHaveLength(4);
});

it("leaves the groups alone", () => {
  const limit = open();
  named(limit, "203.0.113.9", 50);
  for (const group of ["direct", "this site", "other"]) expect(limit("203.0.113.9", group)).toBe(group);
});
