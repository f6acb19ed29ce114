import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseViewMap } from "../../scripts/import-views/view-map";

const parse = (text: string) => parseViewMap(text, "map.yaml");

describe("a map", () => {
  it("reads stories and chapters off paths, the first pattern that fits deciding", () => {
    const { matchPath } = parse(
      `pages: [/s/:story, "/s/:story/part-:chapter.html", "/old/*/:story/:chapter"]`,
    );
    expect(matchPath("/s/tale")).toEqual({ story: "tale" });
    expect(matchPath("/s/tale/part-12.html")).toEqual({ story: "tale", chapter: "12" });
    expect(matchPath("/old/2019/05/tale/prologue")).toEqual({ story: "tale", chapter: "prologue" });
    expect(matchPath("/s/tale/comments")).toBeNull();
    expect(matchPath("/about")).toBeNull();
    expect(matchPath("/s/tale/part-12xhtml")).toBeNull();
  });

  it("gives names of another site the slugs and numbers that they have here", () => {
    const { pageOf } = parse(`
pages: [/s/:story/:chapter]
stories:
  17: the-lighthouse
  constructor: { slug: tale, chapters: { prologue: 1, "1": 2 } }
`);
    expect(pageOf("17", undefined)).toEqual({ slug: "the-lighthouse", chapter: null });
    expect(pageOf("constructor", "prologue")).toEqual({ slug: "tale", chapter: 1 });
    expect(pageOf("constructor", "1")).toEqual({ slug: "tale", chapter: 2 });
    expect(pageOf("other", "3")).toEqual({ slug: "other", chapter: 3 });
    expect(pageOf("toString", "prologue")).toEqual({ slug: "toString", chapter: Number.NaN });
  });

  it("knows authors by address, network and name", () => {
    const { isAuthor } = parse(
      `{"pages": ["/:story"], "authors": ["203.0.113.7", "198.51.100.0/24", "2001:db8::/32", "ines"]}`,
    );
    for (const who of ["203.0.113.7", "198.51.100.200", "2001:db8:1::1", "ines"])
      expect(isAuthor(who), who).toBe(true);
    for (const who of ["203.0.113.8", "198.51.101.1", "2001:db9::1", "constructor"])
      expect(isAuthor(who), who).toBe(false);
  });

  it("says the same in YAML and in JSON", () => {
    expect(parse(`pages: [/s/:story]\nsite: https://a.example`).digest).toBe(
      parse(`{ "pages": ["/s/:story"], "site": "https://a.example" }`).digest,
    );
  });
});

describe("the guide", () => {
  it("has examples that work", () => {
    const guide = readFileSync(fileURLToPath(new URL("../../docs/import.md", import.meta.url)), "utf8");
    const examples = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => parse(text ?? ""));
    expect(examples).toHaveLength(2);
    const [log, csv] = examples;
    expect(log?.matchPath("/archive/2019/salt-and-smoke/part-one.html")).toEqual({
      story: "salt-and-smoke",
      chapter: "one",
    });
    expect(log?.pageOf("salt-and-smoke", "one")).toEqual({ slug: "salt-and-smoke", chapter: 2 });
    expect(csv?.csv?.reader).toBe("session_id");
  });
});

describe("a wrong map", () => {
  const wrong: [string, string, string][] = [
    ["a broken file", `{"pages": ["/s/:story"`, "line 1, column 23: "],
    ["no pages", `site: https://a.example`, "line 1, column 1: the map must have `pages`"],
    ["a key that is not known", `pages: [/s/:story]\npage: /x`, "line 2, column 7: `page` is not known."],
    [
      "a pattern without a story",
      `pages:\n  - /s/:story\n  - /c/:chapter`,
      `line 3, column 5: "/c/:chapter" must have :story once.`,
    ],
    [
      "an unknown placeholder",
      `pages: [/:user/:story]`,
      `column 9: "/:user/:story" has :user; only :story, :chapter and * have a meaning.`,
    ],
    ["a pattern that cannot be told apart", `pages: ["/:story:chapter"]`, "something must stand between"],
    ["a pattern without a slash", `pages: ["s/:story"]`, "must start with a slash"],
    [
      "a chapter that is not a number",
      `pages: [/:story]\nstories: { a: { slug: b, chapters: { c: x } } }`,
      "line 2, column",
    ],
    [
      "no column for the reader",
      `csv: { time: t, story: s }`,
      "column 6: `csv` must name a column for `reader` or `address`",
    ],
    [
      "both path and story",
      `pages: [/:story]\ncsv: { time: t, story: s, path: p, reader: r }`,
      "line 2, column 6: `csv` must name either a column for `path` or one for `story`.",
    ],
    ["paths without patterns", `csv: { time: t, path: p, reader: r }`, "the map must have `pages`"],
  ];
  it.each(wrong)("is refused with its line and column: %s", (_, text, message) => {
    expect(() => parse(text)).toThrow(/^map\.yaml, line \d+, column \d+: [^\n]+\.$/);
    expect(() => parse(text)).toThrow(message);
  });
});
