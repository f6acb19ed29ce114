import { Redis } from "ioredis";
import { createMarks } from "../../app/stores/postgres/marks";
import { createRedisViews } from "../../app/stores/redis/redis-views";
import { syncBuffers } from "../../app/tracker/sync";
import { DAY_MS, HOUR_MS, planWindow } from "../../app/tracker/window";
import { createRandom } from "../../prisma/seed/random";
import { anonymous, viewOf } from "../support/views";
import { type Machine, startMachine } from "./machine";
import type { Suite } from "./measure";
import { writeBareStories } from "./stories";

const VIEWS_PER_DAY: Record<string, number> = { "memory-per-view": 1e6, "memory-per-view-10m": 1e7 };
const STORIES = 1000;
const BATCH = 512;
const IN_FLIGHT = 4;

/** A sync this often, and a measurement when the next one is due: then most counters wait. */
const SYNC_MS = 12 * HOUR_MS;
const window = planWindow(24, 6, "request");
/** All that Redis still remembers, and a generation before it whose size the others go by. */
const HISTORY_MS = window.length + window.grace + 2 * window.generation;

/**
 * Memory of Redis per view that it counted and still remembers, in the steady state of a site: views of the last days, of which Redis
 * has forgotten the oldest, and everything else that it holds beside them: totals, counters of hours that are not synced, and those
 * that the latest sync has left. Views are skewed over the stories as on real sites: a few have most of them.
 */
export function memorySuite(): Suite {
  let machine: Machine | undefined;
  return {
    cases: Object.keys(VIEWS_PER_DAY).map((name) => ({ name, unit: "bytes" })),
    rounds: 1,
    async open() {
      const started = await startMachine();
      machine = started;
      await writeBareStories(started.pool, STORIES);
      return Object.fromEntries(
        Object.entries(VIEWS_PER_DAY).map(([name, views]) => [
          name,
          async () => ({ value: await bytesPerView(started, views) }),
        ]),
      );
    },
    async close() {
      await machine?.close();
    },
  };
}

async function bytesPerView({ redisUrl, pool }: Machine, viewsPerDay: number): Promise<number> {
  const redis = new Redis(redisUrl);
  await redis.flushall();
  await redis.config("SET", "appendonly", "no");
  const views = createRedisViews(redis, window);
  const marks = createMarks(pool);
  const random = createRandom(1);
  const [empty, startAt] = [await usedBytes(redis), Date.now() - HISTORY_MS];
  let serial = 0;
  const timeOf = (view: number) => Math.floor(startAt + (view / viewsPerDay) * DAY_MS);
  const nextView = () => {
    const id = 1 + Math.floor(STORIES * random.next() ** 3);
    serial += 1;
    return viewOf([{ kind: "story", id, storyId: id }], anonymous(serial), timeOf(serial));
  };
  const endAt = startAt + HISTORY_MS;
  for (let until = startAt + (HISTORY_MS % SYNC_MS); until <= endAt; until += SYNC_MS) {
    while (timeOf(serial) < until)
      await Promise.all(
        Array.from({ length: IN_FLIGHT }, () => views.record(Array.from({ length: BATCH }, nextView))),
      );
    if (until === endAt) break;
    for (const { error } of await syncBuffers(views, marks)) if (error) throw new Error(error);
  }
  const { generation } = window;
  // Redis keeps a generation for window and grace after its end.
  const oldest = Math.floor((Date.now() - window.length - window.grace) / generation) * generation;
  const remembered = serial - Math.ceil(((oldest - startAt) / DAY_MS) * viewsPerDay);
  const bytes = (await usedBytes(redis)) - empty;
  redis.disconnect();
  return bytes / remembered;
}

const usedBytes = async (redis: Redis) => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
