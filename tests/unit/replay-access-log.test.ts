import { describe, expect, it } from "vitest";
import { namedFormat } from "../../scripts/replay/formats/recognise";
import { pageOf } from "../../scripts/replay/page-view";
import type { LoggedRequest } from "../../scripts/replay/request";
import { headerValue } from "../../scripts/replay/request";

const parseLine = (text: string) => namedFormat("combined").open()(text) as LoggedRequest | null;

const firefox = "Mozilla/5.0 (X11; Linux i686; rv:26.0) Gecko/20100101 Firefox/26.0";
const line = (request: string, status = 200, agent = firefox) =>
  `203.0.113.7 - - [17/May/2015:10:05:03 +0000] "${request}" ${status} 203 "-" "${agent}"`;
const pageIn = (text: string) => {
  const parsed = parseLine(text);
  return parsed && pageOf(parsed);
};

describe("parseLine", () => {
  it("reads the fields", () => {
    expect(
      parseLine(
        '203.0.113.7 - ann [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 203023 "http://x.example/" "Agent/1"',
      ),
    ).toEqual({
      peer: "203.0.113.7",
      forwarded: "",
      method: "GET",
      target: "/a",
      status: 200,
      referrer: "http://x.example/",
      agent: "Agent/1",
      time: Date.parse("2015-05-17T10:05:03Z"),
      headers: {},
    });
  });

  it("reads IPv6 addresses, user names with spaces and an unknown size", () => {
    const parsed = parseLine(
      '2001:db8::7 - ann lee [17/May/2015:10:05:03 +0000] "GET / HTTP/2.0" 304 - "-" "A"',
    );
    expect(parsed).toMatchObject({ peer: "2001:db8::7", status: 304 });
  });

  it("reads escaped quotes and backslashes in an agent", () => {
    const parsed = parseLine(line("GET / HTTP/1.1", 200, String.raw`say \"hi\" \\ \x41`));
    expect(parsed?.agent).toBe('say "hi" \\ A');
  });

  it("accepts a carriage return at the end of the line", () => {
    expect(parseLine(`${line("GET / HTTP/1.1")} `)).not.toBeNull();
  });

  it.each([
    ["nothing", ""],
    ["prose", "this is not a log line"],
    ["a common log line without referrer and agent", '203.0.113.7 - - [17/May/2015] "GET / HTTP/1.1" 200 2'],
    ["a line cut short in its agent", line("GET / HTTP/1.1").slice(0, -3)],
    ["a line cut short in its status", '203.0.113.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 20'],
    ["a status that is not a number", line("GET / HTTP/1.1").replace(" 200 ", " ok ")],
    ["a line after the NULs that a crash left", `${"\0".repeat(40)}${line("GET / HTTP/1.1")}`],
  ])("refuses %s", (_name, text) => {
    expect(parseLine(text)).toBeNull();
  });
});

describe("pageOf", () => {
  it.each([
    ["GET / HTTP/1.1", "/"],
    ["GET /about HTTP/2.0", "/about"],
    ["GET /about/ HTTP/1.1", "/about"],
    ["GET /about/// HTTP/1.1", "/about"],
    ["GET /about?x=/a.png HTTP/1.1", "/about"],
    ["GET /?page=2 HTTP/1.1", "/"],
    ["GET /a/b.html HTTP/1.1", "/a/b.html"],
    ["GET /a/b.xhtml?x HTTP/1.1", "/a/b.xhtml"],
    ["GET /a/talk.pdf.html HTTP/1.1", "/a/talk.pdf.html"],
    // A directory is not a file, whatever dots its name has.
    ["GET /talks/logstash-1.0/ HTTP/1.1", "/talks/logstash-1.0"],
    ["GET /v1.2/notes HTTP/1.1", "/v1.2/notes"],
    ["GET /tags/jquery%20mobile HTTP/1.1", "/tags/jquery%20mobile"],
    ["GET /with space HTTP/1.1", "/with space"],
    ["GET /about", "/about"],
    ["GET http://site.example/about?x HTTP/1.1", "/about"],
    ["GET http://site.example HTTP/1.1", "/"],
  ])("%s is a view of %s", (request, path) => {
    expect(pageIn(line(request))).toBe(path);
  });

  it.each([
    "GET /style.css HTTP/1.1",
    "GET /talks/logstash-1.0 HTTP/1.1",
    "GET /a.html%20target= HTTP/1.1",
    "HEAD / HTTP/1.1",
    "POST /about HTTP/1.1",
    "get / HTTP/1.1",
    "GET * HTTP/1.1",
    "-",
    "",
    String.raw`\x16\x03\x01`,
  ])("%s is not a page view", (request) => {
    expect(pageIn(line(request))).toBeNull();
  });

  it("accepts only 200 and 304", () => {
    expect(pageIn(line("GET / HTTP/1.1", 304))).toBe("/");
    for (const status of [206, 301, 404, 500]) expect(pageIn(line("GET / HTTP/1.1", status))).toBeNull();
  });

  it("keeps the escapes of a path that could not be stored without them", () => {
    expect(pageIn(line(String.raw`GET /a\x00b HTTP/1.1`))).toBe(String.raw`/a\x00b`);
  });

  it.each([
    ["/cd//chapter-1", "/cd/chapter-1"],
    ["//", "/"],
    ["/cd/chapter%2D1", "/cd/chapter-1"],
    ["/%7eann/%41", "/~ann/A"],
    ["/a%2fb", "/a%2Fb"],
    ["/caf%c3%a9", "/café"],
    ["/caf%e9", "/caf%E9"],
    ["/%zz%", "/%zz%"],
    ["/Chapter-1", "/Chapter-1"],
    ["/index.php?p=1", "/index.php"],
    ["/a.HTM", "/a.HTM"],
  ])("%s is spelt %s", (target, path) => {
    expect(pageIn(line(`GET ${target} HTTP/1.1`))).toBe(path);
  });

  it("keeps bytes that are not UTF-8 apart", () => {
    const pages = ["\\xe8", "\\xe9"].map((byte) => pageIn(line(`GET /caf${byte} HTTP/1.1`)));
    expect(pages).toEqual(["/cafè", "/café"]);
  });

  it("takes further extensions, and only HTML where the type is logged", () => {
    const request = parseLine(line("GET /chapter-1.5 HTTP/1.1")) as LoggedRequest;
    expect(pageOf(request)).toBeNull();
    expect(pageOf(request, ["5"])).toBe("/chapter-1.5");
    const feed = { ...request, target: "/feed" };
    expect(pageOf({ ...feed, type: "application/rss+xml" })).toBeNull();
    expect(pageOf({ ...feed, type: "text/html; charset=utf-8" })).toBe("/feed");
  });

  it("reads the UTF-8 of a path", () => {
    expect(pageIn(line(String.raw`GET /caf\xc3\xa9 HTTP/1.1`))).toBe("/café");
  });
});

describe("headerValue", () => {
  it("reads a dash as a missing header", () => {
    expect(headerValue("-")).toBeNull();
    expect(headerValue("")).toBeNull();
    expect(headerValue("--")).toBe("--");
  });

  it("keeps escapes that HTTP could not transmit", () => {
    expect(headerValue(String.raw`a\nb`)).toBe(String.raw`a\nb`);
  });
});
