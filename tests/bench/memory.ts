import { Redis } from "ioredis";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { DAY_MS, planWindow } from "../../app/tracker/window";
import { createRandom } from "../../prisma/seed/random";
import { anonymous, viewOf } from "../support/views";
import { type Machine, startMachine } from "./machine";
import type { Suite } from "./measure";

const VIEWS_PER_DAY: Record<string, number> = { "memory-per-view": 1e6, "memory-per-view-10m": 1e7 };
const STORIES = 1000;
const BATCH = 512;
const IN_FLIGHT = 4;

/**
 * Memory of Redis per view that it counted and still remembers, counters included, once the memory has the size that the traffic
 * gives it. Views are skewed over the stories as on real sites: a few have most of them.
 */
export function memorySuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: Object.keys(VIEWS_PER_DAY).map((name) => ({ name, unit: "bytes" })),
    rounds: 1,
    async open() {
      machine = await startMachine();
      const { redisUrl } = machine;
      return Object.fromEntries(
        Object.entries(VIEWS_PER_DAY).map(([name, views]) => [
          name,
          async () => ({ value: await bytesPerView(redisUrl, views) }),
        ]),
      );
    },
    async close() {
      await machine?.close();
    },
  };
}

async function bytesPerView(url: string, viewsPerDay: number): Promise<number> {
  const redis = new Redis(url);
  await redis.flushall();
  await redis.config("SET", "appendonly", "no");
  const views = createRedisViews(redis, planWindow(24, 6, "request"));
  const random = createRandom(1);
  const startAt = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  let serial = 0;
  const nextView = () => {
    const id = 1 + Math.floor(STORIES * random.next() ** 3);
    serial += 1;
    const at = startAt + (serial / viewsPerDay) * DAY_MS;
    return viewOf([{ kind: "story", id, storyId: id }], anonymous(serial), Math.floor(at));
  };
  const readADay = async () => {
    for (let n = 0; n < viewsPerDay; n += BATCH * IN_FLIGHT)
      await Promise.all(
        Array.from({ length: IN_FLIGHT }, () => views.record(Array.from({ length: BATCH }, nextView))),
      );
  };
  // The first day's generations do not know their size yet.
  await readADay();
  const [bytes, before] = [await usedBytes(redis), serial];
  await readADay();
  const perView = ((await usedBytes(redis)) - bytes) / (serial - before);
  redis.disconnect();
  return perView;
}

const usedBytes = async (redis: Redis) => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
