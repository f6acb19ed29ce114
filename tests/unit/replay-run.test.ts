import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { locateSite } from "../../scripts/replay/locate-site";
import { openLogs } from "../../scripts/replay/logs";
import { newTally } from "../../scripts/replay/report";
import { type ReplayOptions, replay } from "../../scripts/replay/run";
import { sendTo } from "../../scripts/replay/send-views";
import { connectSite, type Site, Unreachable } from "../../scripts/replay/site";
import { slugFor } from "../../scripts/replay/stories";

let directory: string;
let server: Server;
let site: Site;
const counts = new Map<string, Set<string>>();
const seen: { headers: IncomingHttpHeaders; body: string }[] = [];

/** A miniature site: it counts by path, address and agent, and has the stories that were published. */
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "replay-"));
  counts.clear();
  seen.length = 0;
  server = createServer((request, response) => {
    const slug = request.url?.replace("/story/", "") ?? "";
    const readers = counts.get(slug);
    if (request.method === "GET")
      return void response.end(`<span data-reads="${readers?.size ?? 0}">x</span><i data-reads="99">`);
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { headers } = request;
      seen.push({ headers, body });
      const agent = headers["user-agent"];
      const viewer = `${headers["x-forwarded-for"]} ${agent}`;
      const outcome =
        agent === undefined
          ? "no-user-agent"
          : agent.includes("bot")
            ? "robot"
            : readers?.has(viewer)
              ? "duplicate"
              : "counted";
      if (outcome === "counted") readers?.add(viewer);
      response.writeHead(readers ? 200 : 404, { "x-tidemark-outcome": readers ? outcome : "unknown-target" });
      response.end(JSON.stringify({ viewCount: readers?.size ?? null }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = connectSite(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 4);
});

afterEach(async () => {
  site.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

const line = (target: string, address: string, agent: string, referrer = "-") =>
  `${address} - - [17/May/2015:10:05:03 +0000] "GET ${target} HTTP/1.1" 200 2 "${referrer}" "${agent}"`;

const publishAll = async (paths: string[]) => paths.forEach(publishStory);

function run(lines: string[], publish = publishAll, options: Partial<ReplayOptions> = {}) {
  return runFiles({ "access.log": lines.join("\n") }, publish, options);
}

async function runFiles(
  files: Record<string, string | Buffer>,
  publish = publishAll,
  options: Partial<ReplayOptions> = {},
) {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  const logs = await openLogs(Object.keys(files).map((name) => path.join(directory, name)));
  const tally = options.tally ?? newTally();
  const destination = sendTo({
    site,
    concurrency: 4,
    publish,
    tally,
    onSent: () => options.onBytes?.(0),
    onProblem: options.onProblem ?? (() => {}),
  });
  return replay({ logs, destination, tally, ...options });
}
const publishStory = (page: string) => {
  counts.set(slugFor(page), counts.get(slugFor(page)) ?? new Set());
};

const log = [
  line("/b", "203.0.113.1", "Firefox"),
  line("/a", "203.0.113.1", "Firefox", "https://x.example/é"),
  line("/a/?q", "203.0.113.1", "Firefox"),
  line("/a", "2001:db8::1", "Firefox"),
  line("/a", "203.0.113.1", "-"),
  line("/c", "203.0.113.1", "Somebot"),
  line("/style.css", "203.0.113.1", "Firefox"),
  "not a log line",
  line("/a", "203.0.113.9", "Firefox").slice(0, -8),
];

it("tallies the site's answers, and reads the counts back, most read first", async () => {
  expect(await run(log)).toEqual({
    lines: 9,
    malformed: 2,
    pageViews: 6,
    noAgent: 1,
    bots: 1,
    counted: 3,
    duplicates: 1,
    errors: 0,
    paths: 2,
    perPath: { "/a": 2, "/b": 1 },
    leftOut: {},
    otherLines: 1,
    skippedLines: 0,
    damagedLogs: 0,
    logs: [{ name: "access.log", format: "combined" }],
    from: "2015-05-17T10:05:03Z",
    to: "2015-05-17T10:05:03Z",
    interrupted: false,
  });
  expect(seen).toHaveLength(6);
});

it("counts nothing more the second time", async () => {
  await run(log);
  expect(await run(log)).toMatchObject({ counted: 0, duplicates: 4, perPath: { "/a": 2, "/b": 1 } });
});

it("sends address, agent and referrer of the line, and no agent where the log has none", async () => {
  await run([line("/a", "2001:db8::1", "-", "https://x.example/q")]);
  expect(seen[0]?.headers).toMatchObject({ "x-forwarded-for": "2001:db8::1" });
  expect(seen[0]?.headers).not.toHaveProperty("user-agent");
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ referrer: "https://x.example/q" });
});

it("sends the headers that decide whether a view counts, where the log has them", async () => {
  const headers = {
    "User-Agent": ["Firefox"],
    "Sec-Purpose": ["prefetch"],
    "Sec-Gpc": ["1"],
    Cookie: ["secret"],
  };
  const request = { remote_ip: "203.0.113.1", method: "GET", uri: "/a", headers };
  await run([JSON.stringify({ request, status: 200 })]);
  expect(seen[0]?.headers).toMatchObject({
    "user-agent": "Firefox",
    "sec-purpose": "prefetch",
    "sec-gpc": "1",
  });
  expect(seen[0]?.headers).not.toHaveProperty("cookie");
});

it("does not count the start of a line that was too long to keep", async () => {
  const long = `${line("/a", "203.0.113.1", "Firefox")} ${"x".repeat(200_000)}`;
  const problems: string[] = [];
  const report = await run([line("/b", "203.0.113.1", "Firefox"), long], publishAll, {
    onProblem: (problem) => problems.push(problem),
  });
  expect(report).toMatchObject({ lines: 2, malformed: 1, perPath: { "/b": 1 } });
  expect(problems).toEqual([expect.stringMatching(/^access\.log: line 2 is not understood/)]);
});

it("tallies reasons that it does not know by their names, and no failure as a reason", async () => {
  const outcomes = ["too-many", "too-many", "prefetch", "unavailable", "constructor"];
  site.send = async () => ({ outcome: outcomes.shift() ?? "", viewCount: 0 });
  const report = await run(outcomes.map((_, n) => line(`/${n}`, "203.0.113.1", "Firefox")));
  expect(report.leftOut).toEqual({ "too-many": 2, prefetch: 1, constructor: 1 });
  expect(report).toMatchObject({ errors: 1, counted: 0 });
});

it("warns once of an address with more views than a site counts at once, and does not name it", async () => {
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  const views = (address: string, n: number) =>
    Array.from({ length: n }, () => line("/a", address, "Firefox"));
  await run(views("203.0.113.1", 300), publishAll, { onProblem });
  expect(problems).toEqual([]);
  await run([...views("2001:db8::1", 200), ...views("2001:db8::2", 200)], publishAll, { onProblem });
  expect(problems).toEqual([
    expect.stringMatching(/^one address has more than 300 views.*VIEW_LIMIT_BURST=0/),
  ]);
});

it("reads a page again when it shows less than the site has reported", async () => {
  const readCount = site.readCount;
  let reads = 0;
  site.readCount = async (slug) => {
    reads += 1;
    return reads === 1 ? 0 : readCount(slug);
  };
  expect(await run([line("/a", "203.0.113.1", "Firefox")])).toMatchObject({ perPath: { "/a": 1 } });
  expect(reads).toBe(2);
});

it("counts refused views as errors", async () => {
  const report = await run(log, async () => undefined);
  expect(report).toMatchObject({ counted: 0, errors: 6, perPath: {} });
});

it("gives up when the site goes away", async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const many = Array.from({ length: 40 }, (_, n) => line(`/${n}`, "203.0.113.1", "Firefox"));
  await expect(run(many)).rejects.toBeInstanceOf(Unreachable);
  server.listen(0);
});

it("gives each path its own slug, always the same", () => {
  const paths = ["/", "/a/b", "/a-b", "/A/b", "/a/b.html", "/%2F", "/ü", `/${"long/".repeat(90)}`];
  const slugs = paths.map(slugFor);
  expect(new Set(slugs).size).toBe(paths.length);
  for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9-]{1,80}$/);
  expect(slugFor("/a/b")).toBe(slugs[1]);
});

it("finds the site by its arguments, the environment, .env, and the file of npm start", () => {
  expect(() => locateSite(undefined, {}, directory)).toThrow(/DATABASE_URL is not set/);
  writeFileSync(path.join(directory, ".env"), "DATABASE_URL=postgresql://file/x\nPORT=4000\n");
  expect(locateSite(undefined, {}, directory)).toEqual({
    baseUrl: "http://127.0.0.1:4000",
    databaseUrl: "postgresql://file/x",
    ownerUrl: "postgresql://file/x",
  });
  expect(locateSite("http://site.example/", { DATABASE_URL: "postgresql://env/x" }, directory)).toEqual({
    baseUrl: "http://site.example",
    databaseUrl: "postgresql://env/x",
    ownerUrl: "postgresql://env/x",
  });
  expect(() => locateSite("site.example", {}, directory)).toThrow(/--base-url/);

  rmSync(path.join(directory, ".env"));
  mkdirSync(path.join(directory, ".data"));
  const running = {
    url: "http://127.0.0.1:3000",
    databaseUrl: "postgresql://run/x",
    redisUrl: "redis://run",
  };
  writeFileSync(path.join(directory, ".data/run.json"), JSON.stringify(running));
  expect(locateSite(undefined, {}, directory)).toMatchObject({
    databaseUrl: "postgresql://run/x",
    redisUrl: "redis://run",
  });
  // Not the Redis of one site beside the database of another.
  expect(locateSite(undefined, { DATABASE_URL: "postgresql://env/x" }, directory).redisUrl).toBeUndefined();
});
