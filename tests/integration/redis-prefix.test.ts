import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import type { RedisViews } from "../../app/stores/redis/redis-views";
import type { PlacedTarget } from "../../app/tracker/view";
import { startSync } from "../../worker/sync-worker";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { until } from "../support/until";
import { anonymous, viewOf } from "../support/views";

interface Site {
  database: Awaited<ReturnType<typeof createTestDatabase>>;
  web: Runtime;
  worker: Runtime;
  stop(): Promise<void>;
}

let server: OwnRedis;
let redis: Redis;
let production: Site;
let staging: Site;
const scratch = scratchDirectory("redis-prefix");

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.url);
  [production, staging] = await Promise.all([startSite(""), startSite("staging:")]);
});
afterAll(async () => {
  await Promise.all([production?.stop(), staging?.stop()]);
  redis?.disconnect();
  await server?.remove();
  scratch.remove();
});

async function startSite(prefix: string): Promise<Site> {
  const database = await createTestDatabase();
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: server.url,
    REDIS_PREFIX: prefix,
    JOURNAL_DIR: scratch.dir,
  };
  const web = await createTestRuntime(settings);
  const worker = await createTestRuntime(settings, "worker");
  if (!worker.redisViews) throw new Error("this runtime counts in Redis");
  const stopSync = startSync(worker, worker.redisViews, server.url, () => undefined);
  return {
    database,
    web,
    worker,
    async stop() {
      await stopSync();
      await Promise.all([web.close(), worker.close()]);
      await database.drop();
    },
  };
}
const runs = ({ database }: Site, trigger: string) =>
  database.db.syncRun.count({ where: { trigger, endedAt: { not: null } } });

describe("two sites that share one Redis, told apart by REDIS_PREFIX", () => {
  it("have a queue and a schedule each, and run only their own syncs", async () => {
    await until("both schedules run", async () => {
      const each = await Promise.all([production, staging].map((site) => runs(site, "schedule")));
      return each.every((count) => count > 0);
    });
    expect(await staging.web.queue.runNow("run now by Stig")).toMatchObject({ ok: true });
    await until("staging's sync", async () => (await runs(staging, "run now by Stig")) === 1);
    expect(await runs(production, "run now by Stig")).toBe(0);

    await staging.web.queue.queue()?.setGlobalConcurrency(1);
    await until("the worker puts staging's queue right", async () =>
      Boolean(
        await staging.database.db.auditEvent.findFirst({ where: { reason: { contains: "1 jobs at once" } } }),
      ),
    );
    const queues = (await redis.keys("*tidemark-sync*")).map((key) => key.split("tidemark-sync")[0]);
    expect([...new Set(queues)].sort()).toEqual(["staging:{tidemark}:", "{tidemark}:"]);
  });

  it("count the same reader of the same story once each, and sync only their own views", async () => {
    const story: PlacedTarget = { kind: "story", id: 7, storyId: 7 };
    const count = async ({ web }: Site) => {
      const views = web.redisViews as RedisViews;
      await views.probe();
      return (await views.record([viewOf([story], anonymous("a"))]))[0];
    };
    expect(await count(production)).toMatchObject([{ counted: true }]);
    expect(await count(staging)).toMatchObject([{ counted: true }]);
    expect(await count(staging)).toMatchObject([{ counted: false }]);
    expect(await staging.web.queue.runNow("run now by Vera")).toMatchObject({ ok: true });
    await until("staging's sync", async () => (await runs(staging, "run now by Vera")) === 1);
    expect(await staging.web.redisViews?.unsynced()).toMatchObject({ views: 0 });
    expect(await production.web.redisViews?.unsynced()).toMatchObject({ views: 1 });
    for (const key of await redis.keys("*")) expect(key).toMatch(/^(staging:)?(\{|tidemark:probe$)/);
    expect(await redis.exists("tidemark:probe", "staging:tidemark:probe")).toBe(2);
  });

  it("do not take each other's workers for their own", async () => {
    await staging.stop();
    expect(await production.web.queue.runNow("run now by Pia")).toMatchObject({ ok: true });
    const again = await createTestDatabase();
    const web = await createTestRuntime({
      DATABASE_URL: again.url,
      REDIS_URL: server.url,
      REDIS_PREFIX: "staging:",
      JOURNAL_DIR: scratch.dir,
    });
    try {
      const connected = await web.queue.queue()?.getWorkersCount();
      expect(connected).toBe(0);
    } finally {
      await web.close();
      await again.drop();
      staging = { ...staging, stop: async () => undefined };
    }
  });
});
