import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { OTHER_PATHS, type SiteRoute, siteRoutes } from "../support/site-routes";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const SECRET = "only for tests, as it is written here";
/** What browsers, but no shared cache, may keep: readers' pages. */
const KEPT = /^routes\/(_index|story\.|genre\.|most-read|privacy|search)/;
/** Anyone may keep these: they say nothing of the reader. */
const PUBLIC = ["/robots.txt", "/sitemap.xml", "/favicon.svg", "/feed.atom", "/story/walked/feed.atom"];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let web: WebProcess;
const scratch = scratchDirectory("private-pages");
const cookies = new Map<string, string>([["signed out", ""]]);

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const { redis, url } = await connectTestRedis(8);
  redis.disconnect();
  const walked = await createStory(database.pool, "walked", 1);
  await database.db.shareLink.create({
    data: {
      ...{ storyId: walked.story.id, userId: walked.authorId, label: "The walk" },
      ...{ hash: createHash("sha256").update(TOKEN).digest(), expiresAt: new Date(Date.now() + 3_600_000) },
    },
  });
  await database.pool.query(`UPDATE "Story" SET genre = 'Walked'`);
  const at = new Date();
  await database.db.alertRule.create({
    data: { kind: "known-loss", threshold: 1, windowSeconds: 60, forSeconds: 0, keepFiringSeconds: 0 },
  });
  await database.db.alert.create({
    data: {
      ...{
        id: Number(ALERT),
        rule: "known-loss",
        phase: "resolved",
        threshold: 1,
        message: "Redis lost views.",
      },
      ...{ pendingAt: at, breachedAt: at, resolvedAt: at },
    },
  });
  for (const role of ["READER", "OPS"] as const)
    await database.db.user.create({
      data: { email: `${role}@example.test`, name: role, role, passwordHash: "x" },
    });
  for (const [who, email] of [
    ["reader", "READER@example.test"],
    ["editor", "author@example.test"],
    ["operator", "OPS@example.test"],
  ] as const)
    cookies.set(who, await signIn(database.pool, email, SECRET));
  web = await startWeb({
    DATABASE_URL: database.url,
    REDIS_URL: url,
    JOURNAL_DIR: scratch.dir,
    SESSION_SECRET: SECRET,
    METRICS_TOKEN: "a token of the test",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  await database?.drop();
  scratch.remove();
});

const ask = async (path: string, cookie: string, more: RequestInit = {}) => {
  const abort = new AbortController();
  const answer = await fetch(web.origin + path, {
    ...more,
    redirect: "manual",
    signal: abort.signal,
    headers: { Cookie: cookie, Authorization: "Bearer a token of the test" },
  });
  // Streams never end by themselves.
  abort.abort();
  return answer;
};

const ALERT = "7";
/** Of a share link. */
const TOKEN = "a-token-of-the-test";
const routes = siteRoutes({
  slug: "walked",
  genre: "Walked",
  number: "1",
  file: "sync-runs.csv",
  id: ALERT,
  token: TOKEN,
});
const allowedFor = ({ id, path }: SiteRoute, isData: boolean, status: number) => {
  if (PUBLIC.includes(path)) return /./;
  return KEPT.test(id) && !isData && status < 300
    ? /^private, no-cache$/
    : /^private, no-store$|^no-store(, no-transform)?$/;
};

describe("every address of the site", () => {
  it("says how it may be kept, and what may be one person's is kept nowhere", async () => {
    const targets = [
      ...routes.flatMap((route) => [
        { ...route, target: route.path, isData: false },
        { ...route, target: `${route.path}?_data=${encodeURIComponent(route.id)}`, isData: true },
      ]),
      { id: "root", path: "/", target: "/?_data=root", isData: true },
      ...OTHER_PATHS.map((path) => ({ id: path, path, target: path, isData: false })),
      { id: "none", path: "/assets/gone.js", target: "/assets/gone.js", isData: false },
      {
        id: "none",
        path: "/admin/queues/board/api/queues/none",
        target: "/admin/queues/board/api/queues/none",
        isData: false,
      },
    ];
    const statuses = new Set<number>();
    const found = new Set<string>();
    for (const [who, cookie] of cookies)
      for (const { target, isData, ...route } of targets) {
        const answer = await ask(target, cookie);
        statuses.add(answer.status);
        if (answer.status !== 404 && !isData) found.add(route.id);
        expect(answer.headers.get("cache-control"), `${target} (${answer.status}) ${who}`).toMatch(
          allowedFor(route, isData, answer.status),
        );
      }
    // Only the route for pages that do not exist is a 404 to everyone: the walk has met all others, at their own addresses.
    expect(routes.map(({ id }) => id).filter((id) => !found.has(id))).toEqual(["routes/$"]);
    // The walk has met pages, redirects to the log-in, refusals and pages that do not exist.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 302, 403, 404]));
  }, 120_000);

  it("cannot be framed, sniffed or given a camera, and says each of it once", async () => {
    for (const { path } of routes) {
      const { headers } = await ask(path, cookies.get("operator") ?? "");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("x-frame-options"), path).toBe("DENY");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("permissions-policy"), path).toMatch(/camera=\(\).*geolocation=\(\)/);
    }
  });
});

describe("a share link", () => {
  it("is told to no other site and to no search engine, whether it works or not", async () => {
    for (const token of [TOKEN, "no-such-token"])
      for (const query of ["", `?_data=${encodeURIComponent("routes/shared.$token")}`]) {
        const { status, headers } = await ask(`/shared/${token}${query}`, "");
        expect(status, token).toBe(token === TOKEN ? 200 : 404);
        expect(headers.get("cache-control")).toBe("private, no-store");
        expect(headers.get("referrer-policy"), token).toBe("no-referrer");
        expect(headers.get("x-robots-tag"), token).toContain("noindex");
      }
  });

  it("is limited per address", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 70 }, async () => (await ask(`/shared/${TOKEN}`, "")).status),
    );
    expect(statuses).toContain(429);
  });
});

describe("logging out", () => {
  it.each([
    ["/logout", "reader", ""],
    ["/account", "editor", "intent=sign-out-everywhere"],
  ])("at %s makes the browser drop what it has kept", async (path, who, body) => {
    const answer = await ask(path, cookies.get(who) ?? "", {
      method: "POST",
      body: new URLSearchParams(body),
    });
    expect([answer.status, answer.headers.get("clear-site-data")]).toEqual([303, '"cache"']);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });
});
