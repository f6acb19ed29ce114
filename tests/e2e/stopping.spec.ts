import pg from "pg";
import type { Site } from "./site";
import { expect, newAgent, test } from "./test";
import { runSync, storyToRead, total } from "./views";

/** Asks for something, and hangs up once the process has it. */
async function askAndLeave(origin: string, path: string, init: RequestInit) {
  const left = new AbortController();
  const asked = fetch(origin + path, { ...init, signal: left.signal }).catch(() => undefined);
  // It was sent first, so it has been read when this is answered.
  await fetch(`${origin}/healthz`);
  left.abort();
  await asked;
}

/** Tells a web process to stop, and waits until it has begun to. */
async function tellToStop(site: Site, pid: number) {
  process.kill(pid, "SIGTERM");
  await expect.poll(() => site.logs.some((log) => log.pid === pid && log.msg === "stopping")).toBe(true);
}

test("a process that stops reads to the end what a reader who left had asked for", async ({ site }) => {
  // The watch over errors (test.ts) fails this test if a store was closed under a loader.
  const web = await site.startWeb();
  const cookie = await site.session("OPS");
  const client = new pg.Client({ connectionString: site.databaseUrl });
  await client.connect();
  try {
    await client.query(`BEGIN; LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE`);
    await askAndLeave(web.origin, "/admin", { headers: { cookie } });
    await tellToStop(site, web.pid);
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
  await web.stop();
});

test("a process that stops counts the view of a reader who has hung up", async ({ site }) => {
  const story = await storyToRead(site, 0);
  await runSync(site);
  const before = await total(site, story.target);
  const web = await site.startWeb();
  site.redis.freeze();
  try {
    await askAndLeave(web.origin, story.path, {
      method: "POST",
      headers: { "User-Agent": newAgent(), "Content-Type": "text/plain;charset=UTF-8" },
      body: "{}",
    });
    await tellToStop(site, web.pid);
    await web.stop();
  } finally {
    site.redis.thaw();
  }
  await site.withRedis();
  await runSync(site);
  expect(await total(site, story.target)).toBe(before + 1);
});
