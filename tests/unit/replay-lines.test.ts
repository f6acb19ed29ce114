import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Line, LONGEST_LINE, readLines, UnreadableLog } from "../../scripts/replay/lines";
import { compareNames, openLogs } from "../../scripts/replay/logs";
import { maskLine } from "../../scripts/replay/mask-line";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "replay-lines-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const file = (content: string | Buffer, name = "a.log") => {
  const where = path.join(directory, name);
  writeFileSync(where, content);
  return where;
};
async function linesOf(content: string | Buffer): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of readLines(file(content))) lines.push(...batch);
  return lines;
}
const textsOf = async (content: string | Buffer) => (await linesOf(content)).map(({ text }) => text);

describe("readLines", () => {
  it.each([
    ["LF", "a\nb\n", ["a", "b"]],
    ["CRLF", "a\r\nb\r\n", ["a", "b"]],
    ["no line end at the end", "a\nb", ["a", "b"]],
    ["empty lines", "a\n\n\nb", ["a", "", "", "b"]],
    ["nothing", "", []],
    ["one byte", "a", ["a"]],
    ["a byte order mark", "\ufeffa\nb", ["a", "b"]],
    ["bytes that are not UTF-8", Buffer.from([0xe9, 0x0a, 0xff]), ["\xe9", "\xff"]],
    ["UTF-8", "é\n", ["\xc3\xa9"]],
    ["UTF-16", Buffer.from("\ufeffé\r\nb\r\n", "utf16le"), ["\xc3\xa9", "b"]],
    ["UTF-16, big end first", Buffer.from("\ufeffé\nb", "utf16le").swap16(), ["\xc3\xa9", "b"]],
    ["gzip, whatever its name", gzipSync("a\nb\n"), ["a", "b"]],
    ["gzip files that were joined", Buffer.concat([gzipSync("a\nb"), gzipSync("c\nd\n")]), ["a", "bc", "d"]],
    ["gzip of UTF-16", gzipSync(Buffer.from("\ufeffa\nb", "utf16le")), ["a", "b"]],
  ])("reads %s", async (_what, content, lines) => {
    expect(await textsOf(content)).toEqual(lines);
  });

  it("keeps a bounded part of a line that never ends, and reads on after it", async () => {
    const long = "x".repeat(LONGEST_LINE);
    const lines = await linesOf(`${long}\n${long}y\n${"z".repeat(5_000_000)}\nb`);
    expect(lines.map(({ whole }) => whole)).toEqual([true, false, false, true]);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBe(LONGEST_LINE);
    expect(lines[3]?.text).toBe("b");
  });

  it("reads a compressed file that was cut short up to there, and says so", async () => {
    const whole = gzipSync(Buffer.from(Array.from({ length: 200_000 }, (_, n) => `line ${n}`).join("\n")));
    const read: string[] = [];
    const reading = (async () => {
      for await (const batch of readLines(file(whole.subarray(0, whole.length - 2000))))
        read.push(...batch.map(({ text }) => text));
    })();
    await expect(reading).rejects.toThrow(
      new UnreadableLog("the compressed file is cut short. Copy it again"),
    );
    expect(read.length).toBeGreaterThan(100_000);
    expect(read[100_000]).toBe("line 100000");
  });

  it("names the program that unpacks what it does not", async () => {
    await expect(linesOf(Buffer.from("28b52ffd00", "hex"))).rejects.toThrow(
      /Pipe it in, with - as the file: zstd -dc FILE \| npm run …/,
    );
  });

  it("says that a file does not exist", async () => {
    await expect(readLines(path.join(directory, "none")).next()).rejects.toThrow("there is no such file");
  });
});

const line = (time: string, request = "GET /a HTTP/1.1") =>
  `203.0.113.7 - - [${time}] "${request}" 200 5 "-" "Firefox"\n`;

describe("openLogs", () => {
  it("puts a rotated set in the order of time, whatever the files are called", async () => {
    const sources = [
      file(line("12/Nov/2026:00:30:00 +0200"), "access.log"),
      file("", "error.log"),
      file(line("11/Nov/2026:23:00:00 +0000"), "access.log.1"),
      file(gzipSync(line("01/Nov/2026:00:00:00 +0000")), "zz.log.gz"),
    ];
    const logs = await openLogs(sources);
    expect(logs.map(({ name }) => name)).toEqual(["error.log", "zz.log.gz", "access.log", "access.log.1"]);
  });

  it.each([
    [["access.log.10.gz", "access.log.2.gz", "access.log.1", "access.log"]],
    [["access.log-20261109.gz", "access.log-20261110", "access.log"]],
    [["access-2026-11-09.log", "access-2026-11-10.log", "access.log"]],
    [["u_ex261109.log", "u_ex261110.log"]],
    [["E1.2026-11-10-08.ab12.gz", "E1.2026-11-10-09.0a1b.gz"]],
    [["access.2.log", "access.1.log", "access.log"]],
  ])("goes by the names if there are no times: %j", (names) => {
    expect([...names].reverse().sort(compareNames)).toEqual(names);
    expect([...names].sort(compareNames)).toEqual(names);
  });

  it("refuses a log that it does not understand, and shows its first such line without addresses", async () => {
    const source = file(
      `${line("10/Nov/2026:08:01:00 +0000")}2001:db8::7 ann@x.example secret?token=1\nx\ny\n`,
    );
    const refusal = openLogs([source]);
    await expect(refusal).rejects.toThrow(
      /^a\.log: looks like combined, but only 1 of its first 4 lines fits\. Line 2 does not: <address> <e-mail> secret\?<query>\nNothing was counted\./,
    );
  });

  it.each([
    [["-", "a.log"], /cannot be combined/],
    [["/"], /is a directory/],
    [["/none.log"], /no such file/],
  ])("refuses %j", async (sources, message) => {
    await expect(openLogs(sources)).rejects.toThrow(message);
  });
});

describe("maskLine", () => {
  it.each([
    [
      "203.0.113.7 - ann [10/Nov/2026:08:01:00 +0000] GET",
      "<address> - <user> [10/Nov/2026:08:01:00 +0000] GET",
    ],
    ["2001:db8::7 - - [10/Nov/2026:08:01:00 +0000] x", "<address> - - [10/Nov/2026:08:01:00 +0000] x"],
    ["reader1.dialup.example - - x", "<host> - - x"],
    ["stories.example:443 203.0.113.7 - x", "<host> <address> - x"],
    ["::ffff:203.0.113.7 x", "<address> x"],
    ["x [fe80::1%eth0]:443", "x [<address>%eth0]:443"],
    [`{"ip":"203.0.113.7","m":"ann@x.example"}`, `{"ip":"<address>","m":"<e-mail>"}`],
    ["a \x1b[31m\x00", "a \\x1b[31m\\x00"],
    [`GET /a?key=1 ${"f".repeat(40)}`, "GET /a?<query> <token>"],
  ])("masks %j", (line, masked) => {
    expect(maskLine(line)).toBe(masked);
  });

  it("is short", () => {
    expect(maskLine("a b ".repeat(100_000)).length).toBeLessThanOrEqual(201);
  });
});
