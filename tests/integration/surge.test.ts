import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Facts } from "../../app/alerts/facts";
import { readSurge } from "../../app/alerts/read-surge";
import { findRuleType } from "../../app/alerts/rule-types/all-rules";
import { createHotStories } from "../../app/telemetry/hot-stories";
import { DAY_MS, HOUR_MS } from "../../app/tracker/window";
import { createTestDatabase } from "../support/services";
import { createStory } from "../support/views";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** 14:00 UTC. */
const HOUR = Date.UTC(2031, 4, 5, 14);
let now = HOUR;
let calm: number;
let popular: number;
beforeAll(async () => {
  database = await createTestDatabase();
  calm = (await createStory(database.pool, "calm", 0)).story.id;
  popular = (await createStory(database.pool, "popular", 0)).story.id;
});
beforeEach(async () => {
  now = HOUR;
  await database.pool.query(`TRUNCATE "HotStory", "ViewHour"`);
});
afterAll(() => database?.drop());

/** Views of a web process. */
function view(stories: ReturnType<typeof createHotStories>, storyId: number, count: number) {
  for (let i = 0; i < count; i += 1) stories.counted(storyId);
}
const open = (process = "web-1") => createHotStories(database.pool, process, () => now);
const history = (storyId: number, at: number, views: number) =>
  database.pool.query(
    `INSERT INTO "ViewHour" (kind, "targetId", hour, source, views) VALUES ('story', $1, $2, 'db', $3)
     ON CONFLICT (kind, "targetId", hour, source) DO UPDATE SET views = EXCLUDED.views`,
    [storyId, new Date(at), views],
  );
const read = () => readSurge(database.db, new Date(now));
async function evaluate(threshold = 10) {
  const facts = { now: new Date(now), surge: await read() } as Facts;
  return findRuleType("surge")?.evaluate(facts, { threshold, windowSeconds: 0 });
}

describe("a story far above its usual", () => {
  it("is found within an hour, over all processes, though nothing was synced", async () => {
    await history(calm, HOUR - DAY_MS, 30);
    await history(calm, HOUR - 7 * DAY_MS, 25);
    // Other hours of the day, and times long ago, say nothing.
    await history(calm, HOUR - DAY_MS - HOUR_MS, 5000);
    await history(calm, HOUR - 29 * DAY_MS, 5000);
    const processes = [open("web-1"), open("web-2")];
    for (const process of processes) view(process, calm, 149);
    now += 30 * 60_000;
    for (const process of processes) await process.write();
    expect(await evaluate()).toMatchObject({ result: "ok" });
    for (const process of processes) view(process, calm, 1);
    for (const process of processes) await process.write();
    expect(await read()).toMatchObject({
      story: { slug: "calm", views: 300, usual: 30, hour: new Date(HOUR) },
    });
    expect(await evaluate()).toMatchObject({
      result: "breached",
      value: 10,
      message: expect.stringMatching(
        /^“calm” \(calm\) had 300 views in the hour from 14:00.*is 30\. The limit is 10 times/,
      ),
    });
  });

  it("is named so that a page finds it again, whatever its title and slug contain", () => {
    const type = findRuleType("surge");
    for (const { title, slug } of [
      { title: "Calm", slug: "calm" },
      { title: "“Had” (300 views)", slug: "had-(300)" },
      { title: "Zwei\nZeilen", slug: "größe (2)" },
    ]) {
      const surge = { story: { title, slug, hour: new Date(HOUR), views: 1300, usual: 1 } };
      const evaluation = type?.evaluate({ now: new Date(now), surge } as Facts, {
        threshold: 10,
        windowSeconds: 0,
      });
      expect(type?.storyIn?.(evaluation?.message ?? "")).toBe(slug);
    }
    expect(type?.storyIn?.("No story has many views at the moment.")).toBeNull();
  });

  it("is one with many views for itself, not one with many views", async () => {
    for (let day = 1; day <= 28; day += 1) await history(popular, HOUR - day * DAY_MS, 9000 + day);
    const stories = open();
    view(stories, popular, 9500);
    view(stories, calm, 250);
    await stories.write();
    expect(await read()).toMatchObject({ story: { slug: "calm", usual: 0 } });
    expect(await evaluate(13)).toMatchObject({ result: "ok", value: 12.5 });
  });

  it("is still named in the hour after, and not in the one after that", async () => {
    const stories = open();
    view(stories, calm, 400);
    now = HOUR + HOUR_MS - 1;
    view(stories, calm, 1);
    now = HOUR + HOUR_MS;
    await stories.write();
    expect(await read()).toMatchObject({ story: { views: 401, hour: new Date(HOUR) } });
    now = HOUR + 2 * HOUR_MS;
    await stories.write();
    expect(await evaluate()).toMatchObject({
      result: "ok",
      message: "No story has many views at the moment.",
    });
  });

  it("counts each hour's views once, when a write fails and is repeated", async () => {
    let away = true;
    const pool = {
      query: (...args: Parameters<typeof database.pool.query>) =>
        away ? Promise.reject(new Error("ECONNREFUSED")) : database.pool.query(...args),
    } as typeof database.pool;
    const stories = createHotStories(pool, "web-1", () => now);
    view(stories, calm, 100);
    await expect(stories.write()).rejects.toThrow("ECONNREFUSED");
    now += HOUR_MS;
    view(stories, calm, 30);
    await expect(stories.write()).rejects.toThrow("ECONNREFUSED");
    away = false;
    await stories.write();
    await stories.write();
    const { rows } = await database.pool.query(`SELECT hour, views FROM "HotStory" ORDER BY hour`);
    expect(rows).toEqual([
      { hour: new Date(HOUR), views: 100 },
      { hour: new Date(HOUR + HOUR_MS), views: 30 },
    ]);
  });

  it("writes nothing while no story has many views, and never more than twenty", async () => {
    const stories = open();
    view(stories, calm, 19);
    await stories.write();
    for (let id = 100; id < 150; id += 1) view(stories, id, id);
    await stories.write();
    const { rows } = await database.pool.query(
      `SELECT min("storyId") AS first, count(*)::int AS count FROM "HotStory"`,
    );
    expect(rows).toEqual([{ first: 130, count: 20 }]);
  });
});
