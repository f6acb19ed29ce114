import { describe, expect, it } from "vitest";
import { channelOf } from "../../app/pages/story-analytics/sources/channels";
import { sourceLabel } from "../../app/pages/story-analytics/sources/source-labels";

describe("the channel of a stored referrer", () => {
  it.each([
    ["direct", "direct"],
    ["this site", "internal"],
    ["other", "sites"],
    ["www.google.com", "search"],
    ["google.com.br", "search"],
    ["duckduckgo.com", "search"],
    ["qwant.com", "search"],
    ["kagi.com", "search"],
    ["www.reddit.com", "social"],
    ["de-de.facebook.com", "social"],
    ["someone.tumblr.com", "social"],
    ["news.ycombinator.com", "social"],
    ["t.co", "social"],
    ["mail.google.com", "newsletter"],
    ["campaign:tidings/email/issue-7", "newsletter"],
    ["campaign:tidings/Newsletter/issue-7".toLowerCase(), "newsletter"],
    ["campaign:google/cpc/spring", "campaign"],
    ["campaign:friends//", "campaign"],
    ["forum.example", "sites"],
    ["en.wikipedia.org", "sites"],
  ])("of %s is %s", (referrer, channel) => {
    expect(channelOf(referrer)).toBe(channel);
  });

  it.each([
    "t.com",
    "t.cooking",
    "x.com.mx",
    "notgoogle.com",
    "google.com.example",
    "docs.google.com",
    "drive.google.com",
  ])("does not take %s for a known site that its name resembles, or for a search", (host) => {
    expect(channelOf(host)).toBe("sites");
  });
});

it("names a campaign by what its link said, and a site by its host", () => {
  expect(sourceLabel("campaign:mastodon/social/book-launch")).toBe("book-launch (mastodon, social)");
  expect(sourceLabel("campaign:friends//")).toBe("friends");
  expect(sourceLabel("campaign://spring")).toBe("spring");
  expect(sourceLabel("news.example")).toBe("news.example");
  expect(sourceLabel("direct")).toBe("Direct (no referrer)");
  expect(sourceLabel("constructor")).toBe("constructor");
});
