import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FORMATS, namedFormat, recognise } from "../../scripts/replay/formats/recognise";
import { type Line, readLines } from "../../scripts/replay/lines";
import { openLogs } from "../../scripts/replay/logs";
import { maskLine } from "../../scripts/replay/mask-line";
import { pageOf } from "../../scripts/replay/page-view";
import { readerAddress } from "../../scripts/replay/reader-address";
import { newTally } from "../../scripts/replay/report";
import { CONTROL } from "../../scripts/replay/request";
import { replay } from "../../scripts/replay/run";
import { countingDestination } from "../support/counting-destination";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "replay-fuzz-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const examples = [
  '203.0.113.7 - - [10/Nov/2026:08:01:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "Firefox" "203.0.113.1, 10.0.0.5"',
  'x.example:443 203.0.113.7 - ann [10/Nov/2026:08:01:00 +0000] "GET /a%20b HTTP/1.1" 200 5 "-" "Fire\\"fox"',
  '{"ts":1.5,"request":{"remote_ip":"203.0.113.7","method":"GET","uri":"/a","headers":{"User-Agent":["F"]}},"status":200}',
  "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)",
  "2026-11-10 08:01:00 203.0.113.7 GET /a 200 Fire+fox%20",
];
/** Bytes as Latin-1, which is what a line of a log can be. */
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString("latin1"));
const piece = fc.oneof(
  bytes,
  fc.constantFrom(
    '"',
    '" "',
    "\\",
    "\\x",
    " - ",
    "[",
    "{",
    "}",
    '{"a":',
    "\t",
    "%",
    "\0",
    "__proto__",
    "constructor",
    "#Fields:",
  ),
);
/** A line of one of the formats, with something put in, taken out or put twice. */
const mutated = fc
  .tuple(fc.constantFrom(...examples), fc.nat(140), fc.nat(140), piece, fc.boolean())
  .map(([line, from, to, put, twice]) => line.slice(0, from) + put + (twice ? put : "") + line.slice(to));
const anyLine = fc.oneof(bytes, fc.constantFrom(...examples), mutated);

describe("every parser", () => {
  it("takes any line without throwing, and what it takes can be sent", () => {
    const formats = [
      ...FORMATS,
      namedFormat('$remote_addr|$request|$status|"$http_user_agent"'),
      namedFormat("%a %r %>s"),
    ];
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), (lines) => {
        recognise(lines);
        for (const format of formats) {
          const parse = format.open();
          for (const line of lines) {
            const parsed = parse(line);
            if (parsed === null || typeof parsed === "string") continue;
            const page = pageOf(parsed);
            if (page !== null) {
              expect(page).toMatch(/^\//);
              expect(page).not.toMatch(CONTROL);
              // The slug that a path gets must not change with its spelling.
              expect(pageOf({ ...parsed, target: Buffer.from(page).toString("latin1") })).toBe(page);
            }
            const address = readerAddress(parsed, "private");
            if (address !== null) expect(address).toMatch(/^[\da-f.:%\w]+$/i);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("takes a long line that was made to be slow", () => {
    const parts = ['" 200 5 ', '" "', '"', '\\"', "[", " -", "(", "%25", 'a="b" ', '{"a":'];
    for (const part of parts) {
      const long = part.repeat(Math.ceil(120_000 / part.length));
      for (const line of [long, examples[0] + long, `203.0.113.7 - - [t] "GET /${long}`]) {
        // One that backtracks would take longer than any test may.
        for (const format of FORMATS) expect(() => format.open()(line)).not.toThrow();
        expect(() => maskLine(line)).not.toThrow();
      }
    }
  });
});

it("shows no address of a line that it masks", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(
      address,
      fc.constantFrom("", '"', " ", "[", "=", "{"),
      fc.constantFrom("", '"', " ", "]", ",", ":80 "),
      bytes,
      (ip, before, after, tail) => {
        fc.pre(ip.length > 6);
        expect(maskLine(`x ${before}${ip}${after}${tail}`)).not.toContain(ip);
        expect(maskLine(`${ip}${after}${tail}`)).not.toContain(ip);
      },
    ),
    { numRuns: 2000 },
  );
});

it("reads the same lines, however the bytes come, packed or not", async () => {
  const content = fc.array(fc.oneof(bytes, fc.constantFrom("\n", "\r\n", "a")), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(content, fc.boolean(), async (pieces, packed) => {
      const text = `a${pieces.join("")}`;
      const file = path.join(directory, "lines.log");
      const plain = Buffer.from(text, "latin1");
      writeFileSync(file, packed ? gzipSync(plain) : plain);
      const lines: Line[] = [];
      for await (const batch of readLines(file)) lines.push(...batch);
      const expected = text
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => line.replace(/\r$/, ""));
      expect(lines.map((line) => line.text)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

it("offers every line at most once, and accounts for every one, whatever is in the logs", async () => {
  const good = fc.constant("good");
  const log = fc.array(
    fc.oneof(
      good,
      good,
      good,
      mutated.map((line) => line.replace(/[\r\n]/g, "")),
    ),
    { minLength: 1, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(log, fc.nat(30), fc.boolean(), async (kinds, cut, packed) => {
      let n = 0;
      const lines = kinds.map((kind) => {
        n += 1;
        return kind === "good"
          ? `203.0.113.7 - - [10/Nov/2026:08:01:00 +0000] "GET /p${n} HTTP/1.1" 200 5 "-" "Firefox"`
          : kind;
      });
      const all = `${lines.join("\n")}\n`;
      const part = lines
        .slice(0, Math.min(cut, lines.length))
        .map((line) => `${line}\n`)
        .join("");
      const files = [
        path.join(directory, "one.log"),
        path.join(directory, "two.log"),
        path.join(directory, "three.log"),
      ];
      writeFileSync(files[0] as string, part);
      writeFileSync(files[1] as string, packed ? gzipSync(all) : all);
      writeFileSync(files[2] as string, all);
      const tally = newTally();
      const destination = countingDestination(tally, () => true);
      const logs = await openLogs(files, [namedFormat("combined")]).catch(() => null);
      fc.pre(logs !== null);
      const report = await replay({ logs: logs ?? [], destination, tally });
      const numbered = destination.views.map(({ view }) => view.path).filter((page) => /^\/p\d+$/.test(page));
      expect(new Set(numbered).size).toBe(numbered.length);
      expect(numbered).toHaveLength(kinds.filter((kind) => kind === "good").length);
      expect(report.lines).toBe(report.malformed + report.otherLines + report.pageViews);
      expect(report.lines).toBeGreaterThanOrEqual(lines.length);
    }),
    { numRuns: 150 },
  );
});
