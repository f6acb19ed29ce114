import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Kind, workOut } from "../support/log-oracle";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const samples: Record<string, Kind> = {
  "caddy.jsonl": "caddy",
  "case-and-dots.log": "text",
  "common-no-agent.log": "text",
  "iis-w3c.log": "iis",
  "nasa-hostnames.log": "text",
  "nginx-main-behind-lb.log": "text",
  "nginx-main.log": "text",
  "unescaped-quote.log": "text",
  "xff-list-first.log": "text",
};
const folder = fileURLToPath(new URL("../fixtures/access-logs/", import.meta.url));
const files = Object.keys(samples).map((name) => path.join(folder, name));
const withoutAgents = files.filter((file) => /common|nasa/.test(file));
const scratch = scratchDirectory("replay");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let disconnect: () => void;
let web: WebProcess;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const { redis, url } = await connectTestRedis(8);
  disconnect = () => redis.disconnect();
  web = await startWeb({
    DATABASE_URL: database.url,
    REDIS_URL: url,
    JOURNAL_DIR: scratch.dir,
    TRUST_PROXY: "1",
    VIEW_LIMIT_BURST: "0",
    VIEW_REDIS_TIMEOUT_MS: "1000",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  disconnect?.();
  await database?.drop();
  scratch.remove();
});

/** Runs `npm run replay` against the site. */
function replay(
  args: string[],
): Promise<{ code: number | null; report: Record<string, unknown>; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "scripts/replay.ts", "--base-url", web.origin, ...args],
      { env: { ...process.env, DATABASE_URL: database.url }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    let err = "";
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, report: out === "" ? {} : JSON.parse(out), err }));
  });
}

/** What all of these logs should count, by an oracle that shares no code with the replay. */
function expected(of: string[], anyBrowser = false): Record<string, number> {
  const readers = of.map((file) => {
    const kind = samples[path.basename(file)] as Kind;
    return workOut(kind, readFileSync(file, "utf8"), anyBrowser).readers;
  });
  return Object.assign({}, ...readers);
}
const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

it("counts the readers of every sample on a real site, once", async () => {
  const readers = expected(files);
  const checkpoint = path.join(scratch.dir, "checkpoint.json");
  const { code, report, err } = await replay(["--checkpoint", checkpoint, ...files]);
  expect(code, err).toBe(0);
  expect(report.perPath).toEqual(readers);
  expect(report).toMatchObject({ counted: sum(readers), noAgent: 9, bots: 0, malformed: 0, errors: 0 });

  const again = await replay(files);
  expect(again.report.perPath).toEqual(readers);
  expect(again.report).toMatchObject({ counted: 0 });

  const resumed = await replay(["--checkpoint", checkpoint, ...files]);
  expect(resumed.report).toEqual({ ...report, skippedLines: report.lines });
}, 60_000);

it("counts a host name as a reader, where a log without user agents is to count", async () => {
  const { report } = await replay(["--count-without-agent", ...withoutAgents]);
  expect(report.perPath).toEqual(expected(withoutAgents, true));
}, 60_000);

it("publishes and counts nothing of a log that it does not understand", async () => {
  const before = await database.db.story.count();
  const { code, report } = await replay([path.join(folder, "../../../package.json"), ...files]);
  expect([code, report]).toEqual([1, {}]);
  expect(await database.db.story.count()).toBe(before);
}, 60_000);
