import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { planWindow } from "../../app/tracker/window";
import { AGENT, quiesce } from "../support/readers";
import { scratchDirectory } from "../support/runtime";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { signIn } from "../support/sign-in";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";
import { needBuild, startWeb, type WebProcess } from "../support/web-process";

/** What every object inherits: `__proto__` and `constructor` are keys that no literal has, and yet finds. */
const NAMES = Object.getOwnPropertyNames(Object.prototype);
const SECRET = "only for tests, as it is written here";
const window = planWindow(24, 6);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let web: WebProcess;
const scratch = scratchDirectory("foreign-names");
const cookies = { editor: "", ops: "" };

beforeAll(async () => {
  await needBuild();
  database = await createTestDatabase();
  const shared = await connectTestRedis(7);
  redis = shared.redis;
  await database.db.user.create({
    data: { email: "ops@example.test", name: "Ops", role: "OPS", passwordHash: "x" },
  });
  web = await startWeb({
    DATABASE_URL: database.url,
    REDIS_URL: shared.url,
    JOURNAL_DIR: scratch.dir,
    SESSION_SECRET: SECRET,
  });
}, 120_000);
afterAll(async () => {
  await web?.stop();
  redis?.disconnect();
  await database?.drop();
  scratch.remove();
});

const get = async (path: string, cookie: string) => {
  const answer = await fetch(web.origin + path, { headers: { Cookie: cookie }, redirect: "manual" });
  return { status: answer.status, body: await answer.text() };
};

describe("a referring site that is called like something every object inherits", () => {
  it("goes through the stores and the sync to the editor's page and into the files, each under its own name", async () => {
    const inRedis = createRedisViews(redis, window);
    // Ten rows are shown per story, and there are twelve names.
    const stories: string[] = [];
    for (const [i, referrer] of NAMES.entries()) {
      const slug = `named-${i}`;
      stories.push(slug);
      const { story } = await createStory(database.pool, slug, 1);
      await recordAll(inRedis, [{ ...viewOf([story], anonymous(`redis:${i}`)), referrer }]);
      await recordAll(createDatabaseViews(database.pool, window), [
        { ...viewOf([story], anonymous(`database:${i}`)), referrer },
      ]);
    }
    await quiesce(database.pool, inRedis);
    cookies.editor = await signIn(database.pool, "author@example.test", SECRET);
    cookies.ops = await signIn(database.pool, "ops@example.test", SECRET);

    for (const [i, name] of NAMES.entries()) {
      const page = await get(`/editor/stories/${stories[i]}/sources`, cookies.editor);
      expect(page.status, name).toBe(200);
      expect(page.body, name).toContain(`>${name}</a>`);
      expect(page.body, name).not.toContain("could not be shown");
      for (const file of ["csv", "json"])
        expect((await get(`/editor/stories/${stories[i]}/views.${file}`, cookies.editor)).status, name).toBe(
          200,
        );
    }
    const rows = await get("/admin/raw/fallback-story-views.csv", cookies.ops);
    for (const name of NAMES) expect(rows.body.split(/[,\r\n]/), name).toContain(`"${name}"`);
    expect((await get("/admin", cookies.ops)).body).not.toContain("could not be shown");
    expect((await get("/editor", cookies.editor)).status).toBe(200);
    expect(web.logs.filter((log) => log.level >= 50)).toEqual([]);
  }, 60_000);

  it("is no name of a public site when a browser says so, and breaks no address", async () => {
    for (const name of NAMES) {
      const view = await fetch(`${web.origin}/story/named-0`, {
        method: "POST",
        headers: { "User-Agent": `${AGENT} ${name}` },
        body: JSON.stringify({ referrer: `http://${name}/` }),
      });
      expect(view.headers.get("x-tidemark-outcome"), name).toBe("counted");
      for (const path of [
        `/admin/raw/${name}`,
        `/admin/chart/${name}`,
        `/admin?range=${name}`,
        `/admin/alerts?${name}=1`,
      ])
        expect((await get(path, cookies.ops)).status, path).toBeLessThan(500);
      for (const path of [`/editor/stories/${name}`, `/editor/stories/named-0?range=${name}&chapter=${name}`])
        expect((await get(path, cookies.editor)).status, path).toBeLessThan(500);
    }
    await quiesce(database.pool, createRedisViews(redis, window));
    const { rows } = await database.pool.query(
      `SELECT DISTINCT d.value FROM "ViewDetailHour" d JOIN "Story" s ON s.id = d."storyId" WHERE s.slug = 'named-0' AND dimension = 'referrer'`,
    );
    expect(rows.map(({ value }) => value).sort()).toEqual(["constructor", "other"]);
  }, 60_000);
});
