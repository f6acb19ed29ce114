import { describe, expect, it } from "vitest";
import { formatAgo, formatCount } from "../../app/shared/format";
import { chapterPath } from "../../app/shared/story-paths";
import { pageMeta, shorten } from "../../app/ui/shell/page-meta";

const now = Date.parse("2026-03-10T12:00:00Z");
const HOUR = 3_600_000;

describe("numbers, times and paths for readers", () => {
  it("writes one read and many reads", () => {
    expect(formatCount(1, "read")).toBe("1 read");
    expect(formatCount(0, "read")).toBe("0 reads");
    expect(formatCount(1234567, "read")).toBe("1,234,567 reads");
  });

  it.each([
    [0, "just now"],
    [60_000, "1 minute ago"],
    [HOUR - 1, "59 minutes ago"],
    [HOUR, "1 hour ago"],
    [25 * HOUR, "1 day ago"],
    [7 * 24 * HOUR - 1, "6 days ago"],
    [7 * 24 * HOUR, null],
    [-1, null],
  ])("writes %i ms ago as %s", (span, words) => {
    expect(formatAgo(now - span, now)).toBe(words);
  });

  it("encodes unusual slugs in an address", () => {
    expect(chapterPath("blog/a b?c", 3)).toBe("/story/blog%2Fa%20b%3Fc/chapter/3");
  });
});

describe("metadata", () => {
  it("cuts a description at a word", () => {
    expect(shorten("The ferry  came\nin at four", 20)).toBe("The ferry came in…");
    expect(shorten("short", 20)).toBe("short");
    expect(shorten("x".repeat(50), 20)).toHaveLength(20);
  });

  it("has every tag, and hides drafts from search engines", () => {
    const tags = pageMeta({
      title: "Draft: Low Water",
      description: "What a tide takes.",
      origin: "https://stories.example",
      path: "/story/low-water",
      type: "book",
      author: "Ines",
      hidden: true,
    });
    expect(tags).toEqual(
      expect.arrayContaining([
        { title: "Draft: Low Water" },
        { tagName: "link", rel: "canonical", href: "https://stories.example/story/low-water" },
        { name: "robots", content: "noindex" },
        { property: "og:type", content: "book" },
        { property: "og:url", content: "https://stories.example/story/low-water" },
        { property: "book:author", content: "Ines" },
      ]),
    );
  });
});
