import { describe, expect, it } from "vitest";
import { createCsvReader, readHeader } from "../../scripts/import-views/csv-reader";
import { parseViewMap } from "../../scripts/import-views/view-map";
import type { ReadLine } from "../../scripts/import-views/visit";

const MAP = `
pages: [/s/:story, /s/:story/:chapter]
csv: { time: when, path: url, reader: visitor, address: ip, agent: browser, referrer: from }
`;

function read(lines: string[], map = MAP): ReadLine[] {
  const viewMap = parseViewMap(map, "map.yaml");
  if (!viewMap.csv) throw new Error("the map has no csv");
  const reader = createCsvReader(viewMap.csv, { map: viewMap, pageExtensions: [] }, "views.csv");
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  return [...lines.flatMap((line, i) => reader.add(bytes(line), true, i + 1)), ...reader.end()];
}
const HEADER = "from,when,url,visitor,ip,browser";
const AT = Date.UTC(2025, 2, 1, 9);

describe("a CSV file", () => {
  it("is read by the names of its columns, in any order", () => {
    expect(
      read([
        HEADER,
        "https://a.example/x,2025-03-01T10:00:00+01:00,https://old.example/s/tale/3?page=2,v1,203.0.113.9,Firefox",
      ])[1],
    ).toEqual({
      number: 2,
      is: "visit",
      visit: {
        story: "tale",
        chapter: "3",
        at: AT,
        reader: "v1",
        address: "203.0.113.9",
        agent: "Firefox",
        referrer: "https://a.example/x",
        headers: {},
      },
    });
  });

  it("may quote commas, quotes and line ends, and names the first line of such a record", () => {
    const [, a, b] = read([
      HEADER,
      `,1740819600,/s/tale,"v ""1"", x",,"Fire`,
      `fox"`,
      ",1740819600,/s/tale,v2,,Firefox",
    ]);
    expect(a).toMatchObject({
      number: 2,
      is: "visit",
      visit: { at: AT, reader: `v "1", x`, agent: "Fire\nfox" },
    });
    expect(b).toMatchObject({ number: 4, is: "visit", visit: { reader: "v2", address: null } });
  });

  it("loses one line only to a quote that is never closed", () => {
    const rest = Array.from({ length: 70 }, (_, i) => `,1740819600,/s/tale,v${i},,Firefox`);
    const results = read([HEADER, `,1740819600,/s/tale,"open,,Firefox`, ...rest]);
    expect(results[1]).toMatchObject({
      number: 2,
      is: "malformed",
      why: expect.stringContaining("a quote is not closed"),
    });
    expect(results.filter(({ is }) => is === "visit").map(({ number }) => number)).toEqual(
      rest.map((_, i) => i + 3),
    );
  });

  it("says which line and column does not fit, without readers' data", () => {
    const results = read([
      HEADER,
      ",yesterday,/s/tale,v1,,Firefox",
      ",1740819600,/s/tale,v1,somewhere 203.0.113.9,Firefox",
      ",1740819600,/s/tale,v1",
      ",1740819600,/s/tale,,,Firefox",
      ",1740819600,/about,v1,,Firefox",
      "",
    ]);
    expect(results.slice(1)).toEqual([
      { number: 2, is: "malformed", why: `column "when": "yesterday" is not a time` },
      {
        number: 3,
        is: "malformed",
        why: expect.stringMatching(/^column "ip": "somewhere <address>" is not an address$/),
      },
      { number: 4, is: "malformed", why: "has 4 columns, where the header has 6" },
      { number: 5, is: "left-out", reason: "no-reader" },
      { number: 6, is: "unmatched", path: "/about" },
      { number: 7, is: "other" },
    ]);
  });

  it("may name stories and chapters in columns of their own, and use another delimiter", () => {
    const map = `csv: { time: t, story: id, chapter: n, reader: r, delimiter: ";" }`;
    expect(
      read(["t;id;n;r", "1740819600;17;2;v", "1740819600;17;;v", "1740819600;;;v"], map).slice(1),
    ).toMatchObject([
      { visit: { story: "17", chapter: "2", agent: undefined } },
      { visit: { story: "17", chapter: undefined } },
      { is: "other" },
    ]);
  });

  it("is refused when a column is missing, with those that there are", () => {
    const { csv } = parseViewMap(MAP, "map.yaml");
    expect(() => readHeader("when,path,visitor", csv as NonNullable<typeof csv>, "views.csv")).toThrow(
      `views.csv, line 1: has no column "url" (csv.path in the map). Its columns are: when, path, visitor. Nothing was counted.`,
    );
  });
});
