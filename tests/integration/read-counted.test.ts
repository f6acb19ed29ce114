import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCountedAt } from "../../app/pages/me/read-counted-at";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import type { Viewer } from "../../app/tracker/viewer";
import { DAY_MS, HOUR_MS, planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, recordAll, testSalt, viewOf } from "../support/views";

const window = planWindow(24, 6, "request");
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let redisViews: ReturnType<typeof createRedisViews>;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redis } = await connectTestRedis(1));
  redisViews = createRedisViews(redis, window);
});
afterAll(async () => {
  redis?.disconnect();
  await database?.drop();
});

const salts = { of: testSalt, ready: () => null, forget: async () => 0 };
const ada = anonymous("ada");

async function ask(
  viewer: Viewer,
  targets: Parameters<typeof readCountedAt>[2],
  now = Date.now(),
  more = {},
) {
  const stores = { pools: { pages: database.pool }, redisViews, salts, window, ...more };
  return readCountedAt(stores, viewer, targets, now);
}

describe.each([
  ["Redis", () => redisViews],
  ["Postgres", () => createDatabaseViews(database.pool, window)],
] as const)("a view that was counted in %s", (name, store) => {
  it("is known to the reader who made it, for its page, within the window, and to no one else", async () => {
    const { story, chapters } = await createStory(database.pool, `known-${name}`, 2);
    const [first, second] = chapters as [(typeof chapters)[0], (typeof chapters)[0]];
    const at = Date.now() - 5 * HOUR_MS;
    await recordAll(store(), [viewOf([first, story], ada, at)]);

    expect(await ask(ada, [first, second, story])).toEqual([at, null, at]);
    expect(await ask(anonymous("eve"), [first, story])).toEqual([null, null]);
    // Across midnight, the key is another one. Redis goes by its own clock.
    if (name === "Postgres") {
      expect(await ask(ada, [first], at + 23 * HOUR_MS)).toEqual([at]);
      expect(await ask(ada, [first], at + DAY_MS)).toEqual([null]);
    }
  });

  it("is known after the reader signed in, by their former key", async () => {
    const { story } = await createStory(database.pool, `former-${name}`);
    const at = Date.now() - HOUR_MS;
    await recordAll(store(), [viewOf([story], ada, at)]);
    expect(await ask({ userId: 1, before: ada }, [story])).toEqual([at]);
    expect(await ask({ userId: 1 }, [story])).toEqual([null]);
  });
});

it("says that it does not know while a store is away, unless the other one has the view", async () => {
  const { story } = await createStory(database.pool, "away");
  const other = (await createStory(database.pool, "away-other")).story;
  await recordAll(createDatabaseViews(database.pool, window), [viewOf([story], ada, Date.now() - HOUR_MS)]);
  const away = { redisViews: { readCounted: () => Promise.reject(new Error("away")) } };
  const [known, unknown] = await ask(ada, [story, other], Date.now(), away);
  expect(known).toBeTypeOf("number");
  expect(unknown).toBe("unknown");
});

it("counts nothing by asking", async () => {
  const { story } = await createStory(database.pool, "only-asked");
  await ask(ada, [story]);
  expect((await recordAll(redisViews, [viewOf([story], ada)]))[0]?.[0]?.counted).toBe(true);
});
