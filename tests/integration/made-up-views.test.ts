import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../../app/tracker/outcome";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { signInReaders } from "../support/signed-in-readers";
import { until } from "../support/until";
import { createStory } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

const BURST = 20;
const SECRET = "only for tests, as it is written here";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let web: WebProcess;
const scratch = scratchDirectory("made-up-views");
let agents = 0;

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const shared = await connectTestRedis(9);
  redis = shared.redis;
  web = await startWeb({
    DATABASE_URL: database.url,
    REDIS_URL: shared.url,
    JOURNAL_DIR: scratch.dir,
    TRUST_PROXY: "1",
    VIEW_LIMIT_BURST: String(BURST),
    // None comes back while the test runs.
    VIEW_LIMIT_PER_MINUTE: "0.001",
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  redis?.disconnect();
  await database?.drop();
  scratch.remove();
});

/** A view by a browser that was never seen before. */
async function view(
  slug: string,
  address: string,
  { cookie = "", body = { referrer: "" } as object, agent = `Mozilla/5.0 (X11) Firefox/${agents++}` } = {},
) {
  const response = await fetch(`${web.origin}/story/${slug}`, {
    method: "POST",
    headers: { "User-Agent": agent, "X-Forwarded-For": address, ...(cookie && { Cookie: cookie }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, outcome: (await response.json()) as Outcome, headers: response.headers };
}

async function excluded(storyId: number) {
  const { rows } = await database.pool.query<{ value: string; views: number }>(
    `SELECT value, sum(views)::int AS views FROM "ViewDetailHour"
     WHERE "storyId" = $1 AND dimension = 'excluded' GROUP BY 1`,
    [storyId],
  );
  const waiting = await redis.keys("*:hour:*");
  const counts = new Map(rows.map(({ value, views }) => [value, views]));
  for (const key of waiting)
    for (const [field, count] of Object.entries(await redis.hgetall(key))) {
      const [, id, reason] = /^x:(\d+):(.*)$/.exec(field) ?? [];
      if (Number(id) === storyId && reason) counts.set(reason, (counts.get(reason) ?? 0) + Number(count));
    }
  return Object.fromEntries(counts);
}

describe("one address with many names", () => {
  it("has no more views counted than the limit, and the editor sees why", async () => {
    const { story } = await createStory(database.pool, "popular", 0);
    const outcomes: Outcome[] = [];
    for (let n = 0; n < BURST * 3; n += 1)
      // One home or phone has a whole /64.
      outcomes.push((await view("popular", `2001:db8:1:1::${n.toString(16)}`)).outcome);
    expect(outcomes.filter(({ counted }) => counted)).toHaveLength(BURST);
    await until("the reason is counted", async () => (await excluded(story.id))["too-many"] === BURST * 2);
  });

  it("gets the answer of a reader who comes back, and no more", async () => {
    await createStory(database.pool, "answers", 0);
    const agent = "Mozilla/5.0 (X11) Firefox/reader";
    await view("answers", "203.0.113.40", { agent });
    const repeat = await view("answers", "203.0.113.40", { agent });
    for (let n = 0; n < BURST; n += 1) await view("answers", "203.0.113.41");
    const tooMany = await view("answers", "203.0.113.41");
    expect({ ...tooMany.outcome, viewCount: null }).toEqual({ ...repeat.outcome, viewCount: null });
    expect(tooMany.outcome.viewCount, "the number that the page showed last").toBe(BURST + 1);
    expect(tooMany.headers.get("x-tidemark-outcome")).toBe("duplicate");
  });

  it("does not stand in the way of other addresses, nor of readers who are signed in", async () => {
    await createStory(database.pool, "neighbours", 0);
    for (let n = 0; n < BURST + 5; n += 1) await view("neighbours", "203.0.113.50");
    expect((await view("neighbours", "203.0.113.50")).outcome.counted).toBe(false);
    expect((await view("neighbours", "203.0.113.51")).outcome.counted).toBe(true);
    const cookies = await signInReaders(database.pool, "class", [1, 2, 3], SECRET);
    for (const cookie of cookies.values())
      expect((await view("neighbours", "203.0.113.50", { cookie })).outcome.counted).toBe(true);
  });

  it("is not used up by visits that would not have counted", async () => {
    await createStory(database.pool, "robots", 0);
    for (let n = 0; n < BURST * 2; n += 1)
      await view("robots", "203.0.113.60", { agent: "Googlebot/2.1 (+http://www.google.com/bot.html)" });
    expect((await view("robots", "203.0.113.60")).outcome.counted).toBe(true);
  });
});

describe("a browser that a program drives", () => {
  it("is left out, and told what a reader who comes back is told", async () => {
    const { story } = await createStory(database.pool, "driven", 0);
    const { outcome } = await view("driven", "203.0.113.70", { body: { referrer: "", automated: true } });
    expect(outcome).toMatchObject({ counted: false, reason: "duplicate", path: "redis" });
    await until("the reason is counted", async () => (await excluded(story.id)).automated === 1);
    for (const automated of ["true", 1, null, {}, false])
      expect((await view("driven", "203.0.113.70", { body: { automated } })).outcome.counted).toBe(true);
  });
});

describe("a reader who signs in while reading", () => {
  const agent = "Mozilla/5.0 (X11) Firefox/one reader";

  it("is one reader for one window, and themselves after it", async () => {
    await createStory(database.pool, "signing-in", 0);
    const cookies = await signInReaders(database.pool, "switching", [1, 2], SECRET);
    const [now = "", longAgo = ""] = cookies.values();
    await database.pool.query(
      `UPDATE "Session" SET "createdAt" = now() - interval '25 hours'
       WHERE "userId" = (SELECT id FROM "User" WHERE email = 'switching-2@example.test')`,
    );
    const see = async (cookie: string, address = "203.0.113.80") =>
      (await view("signing-in", address, { cookie, agent })).outcome.counted;
    expect(await see("")).toBe(true);
    expect(await see(now), "the same person").toBe(false);
    expect(await see(longAgo), "another person behind the same address").toBe(true);
    expect(await see(now, "203.0.113.81"), "from elsewhere, where nothing links the two").toBe(true);
  });
});
