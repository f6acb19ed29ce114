import { expect, it } from "vitest";
import { campaignReferrer } from "../../app/ingest/campaign";
import { isCampaign, parseCampaign } from "../../app/shared/campaign";

it("keeps what a tagged link says of itself, in one spelling", () => {
  expect(campaignReferrer({ source: "Mastodon", medium: "Social", name: "Book Launch" })).toBe(
    "campaign:mastodon/social/book-launch",
  );
  expect(campaignReferrer({ source: "  mastodon ", medium: "social", name: "book%launch" })).toBe(
    "campaign:mastodon/social/book-launch",
  );
  expect(campaignReferrer({ source: "friends" })).toBe("campaign:friends//");
  expect(campaignReferrer({ name: "Frühling" })).toBe("campaign://frühling");
  expect(parseCampaign("campaign:a/b/c")).toEqual({ source: "a", medium: "b", name: "c" });
  expect(parseCampaign("news.example")).toBeNull();
});

it.each([
  undefined,
  {},
  [],
  { medium: "email" },
  { source: 7, name: {} },
  { source: "  ", name: "///" },
  { source: "jane@doe.example" },
])("finds no campaign in %j", (tags) => {
  expect(campaignReferrer(tags as object)).toBeNull();
});

it.each([
  "<script>alert(1)</script>",
  "=1+1",
  "a\0b",
  "a:b/c d",
  "\ud800x",
  "../../etc",
  "x".repeat(5000),
  "ß".repeat(500),
  "\u202eevil",
  "𝒳".repeat(90),
])("makes %j a plain name of bounded length, which reads back the same", (text) => {
  const stored = campaignReferrer({ source: text, medium: text, name: text }) ?? "";
  expect(stored).toMatch(
    /^campaign:([\p{L}\p{N}][\p{L}\p{M}\p{N}._+-]*\/){2}[\p{L}\p{N}][\p{L}\p{M}\p{N}._+-]*$/u,
  );
  expect(stored.length).toBeLessThanOrEqual(255);
  expect(isCampaign(stored)).toBe(true);
  const { source, medium, name } = parseCampaign(stored) ?? {};
  expect(campaignReferrer({ source, medium, name })).toBe(stored);
});
