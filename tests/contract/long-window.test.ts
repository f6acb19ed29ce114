import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabaseViews } from "../../app/stores/postgres/database-views";
import { createFallbackRows } from "../../app/stores/postgres/fallback-rows";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import type { ViewStore } from "../../app/tracker/ports";
import { reconcileRows } from "../../app/tracker/reconcile";
import type { PlacedTarget } from "../../app/tracker/view";
import { DAY_MS, HOUR_MS, planWindow } from "../../app/tracker/window";
import { connectTestRedis, createTestDatabase } from "../support/services";
import { anonymous, createStory, recordAll, viewOf } from "../support/views";

/** A week: an anonymous reader has another key on each of its days. */
const window = planWindow(168, 6, "request");
const START = Date.UTC(2031, 4, 5, 10);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: Awaited<ReturnType<typeof connectTestRedis>>["redis"];
let inRedis: RedisViews;
let inPostgres: ViewStore;
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ redis } = await connectTestRedis(15));
  inRedis = createRedisViews(redis, window);
  inPostgres = createDatabaseViews(database.pool, window);
});
afterAll(async () => {
  redis.disconnect();
  await database.drop();
});

const newStory = async () => (await createStory(database.pool, `week-${serial++}`)).story;
const count = async (store: ViewStore, story: PlacedTarget, at: number) =>
  (await recordAll(store, [viewOf([story], anonymous("a"), at)]))[0]?.[0]?.counted;

describe.each([
  ["Redis", () => inRedis],
  ["Postgres", () => inPostgres],
])("a window of a week in %s", (_, store) => {
  it("knows an anonymous reader on each of its days, and no longer", async () => {
    const story = await newStory();
    expect(await count(store(), story, START)).toBe(true);
    for (let day = 1; day <= 6; day += 1)
      expect(await count(store(), story, START + day * DAY_MS), `${day}`).toBe(false);
    expect(await count(store(), story, START + 7 * DAY_MS - 1)).toBe(false);
    expect(await count(store(), story, START + 7 * DAY_MS)).toBe(true);
  });
});

describe("reconcile under a window of a week", () => {
  it.each([1, 4, 6])("finds the reader that Redis counted %i days before an outage", async (days) => {
    const story = await newStory();
    expect(await count(inRedis, story, START)).toBe(true);
    expect(await count(inPostgres, story, START + days * DAY_MS + HOUR_MS)).toBe(true);
    expect(await reconcileRows(inRedis, createFallbackRows(database.pool, window))).toMatchObject({
      retracted: 1,
    });
  });
});
