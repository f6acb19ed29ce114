import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectCountingRedis } from "../../app/platform/redis";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews, type RedisViews } from "../../app/stores/redis/redis-views";
import { recordLedger } from "../../app/telemetry/ledger/record-ledger";
import { syncBuffers } from "../../app/tracker/sync";
import type { PlacedTarget } from "../../app/tracker/view";
import { HOUR_MS, planWindow } from "../../app/tracker/window";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, createStory, viewOf } from "../support/views";

const HOURS = 12;
const READERS = 300;
const window = planWindow(24, 6);
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: OwnRedis;
let redis: Redis;
let views: RedisViews;
const stories: PlacedTarget[] = [];

beforeAll(async () => {
  server = await startOwnRedis();
  database = await createTestDatabase();
  redis = connectCountingRedis(server.url, () => undefined);
  views = createRedisViews(redis, window);
  await until("the connection", () => redis.status === "ready");
  for (let i = 0; i < 8; i += 1) stories.push((await createStory(database.pool, `full-${i}`)).story);
});
afterAll(async () => {
  redis?.disconnect();
  await database?.drop();
  await server?.remove();
});

async function fill() {
  let reader = 0;
  const start = Date.now();
  for (let ago = HOURS; ago >= 1; ago -= 1)
    for (const story of stories)
      await views.record(
        Array.from({ length: READERS }, () => {
          reader += 1;
          const view = viewOf([story], anonymous(reader), start - ago * HOUR_MS);
          return { ...view, referrer: `host-${reader % 90}.example` };
        }),
      );
}

describe("a Redis that is full", () => {
  it("refuses to count, drains itself, and counts again", async () => {
    await fill();
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
    await redis.config("SET", "maxmemory", Math.floor(used * 0.9));
    const [story] = stories as [PlacedTarget];
    await expect(views.record([viewOf([story], anonymous("late"))])).rejects.toThrow("OOM");

    const reports = await syncBuffers(views, createMarks(database.pool));
    expect(reports.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(reports.reduce((sum, report) => sum + report.views, 0)).toBe(HOURS * READERS * stories.length);
    expect(await views.unsynced()).toMatchObject({ views: 0 });
    // Nothing waits for another run: what is moved is unlinked at once.
    expect(await redis.keys("*:hour:*")).toEqual([]);
    expect(await recordLedger(database.pool, views, window)).toMatchObject({ drift: 0, knownLost: 0 });

    await redis.config("SET", "maxmemory", used);
    expect(await views.record([viewOf([story], anonymous("later"))])).toMatchObject([[{ counted: true }]]);
  });
});

describe("a site of thousands of stories", () => {
  it("makes no reply longer: pages, the ledger and the sync read totals, and counters in pieces", async () => {
    await redis.config("SET", "maxmemory", 0);
    const shard = 1;
    const birth = async () => (await views.readShard(shard)).buffers.at(-1)?.birth ?? "";
    await views.record([viewOf([{ kind: "story", id: shard, storyId: shard }], anonymous("first"))]);
    const small = await replyBytes(() => views.readShard(shard));
    const counters = Array.from({ length: 20_000 }, (_, i) => [`s${4 * i + 9}`, 1] as const);
    for (let i = 0; i < counters.length; i += 1000)
      await redis.hset(`{v${shard}}:hour:${await birth()}`, Object.fromEntries(counters.slice(i, i + 1000)));
    const large = await replyBytes(() => views.readShard(shard));
    expect(large).toBeLessThan(small * 2);
    let read = 0;
    for await (const counts of views.walk(shard, await birth())) {
      expect(counts.size).toBeLessThan(20_000);
      read += counts.size;
    }
    expect(read).toBeGreaterThanOrEqual(counters.length);
  });
});

async function replyBytes(call: () => Promise<unknown>) {
  const before = redis.stream as unknown as { bytesRead: number };
  const start = before.bytesRead;
  await call();
  return before.bytesRead - start;
}
