import type { Redis } from "ioredis";
import { type BufferTotals, type Counts, isBookkeeping } from "~/tracker/hour-buffer";
import type { HourBuffers } from "~/tracker/ports";
import { readRedisMemory } from "./memory";
import type { Scripts } from "./scripts";

/** Counters per read of a buffer and per settle call: each takes Redis about a millisecond. */
const CHUNK = 500;
/** Above this share of `maxmemory`, buffers do not wait for another run. */
const SHORT_OF_MEMORY = 0.9;

/** Gives the sync access to the hour buffers. No call takes longer because a site has more stories. */
export function createHourBuffers(redis: Redis, scripts: Scripts): HourBuffers {
  return {
    async readShard(shard) {
      const [at, ledger, accepted, taught, lives, ...rest] = (await scripts.runInLife(
        "shard",
        shard,
        (run, id) => [run, id],
      )) as [number, string, number, number, string[], ...(string | number)[]];
      const buffers: BufferTotals[] = [];
      for (let i = 0; i < rest.length; i += 6) {
        const [birth, hour, owner, views, writes, settledWrites] = rest.slice(i, i + 6);
        buffers.push({
          birth: String(birth),
          hour: Number(hour),
          ledger: String(owner),
          views: Number(views),
          writes: Number(writes),
          settledWrites: Number(settledWrites),
        });
      }
      buffers.sort((a, b) => a.hour - b.hour);
      const ended = lives.map((life) => {
        const [id = "", survived, survivedTaught] = life.split(" ");
        return { ledger: id, survived: Number(survived), survivedTaught: Number(survivedTaught ?? 0) };
      });
      return { at, ledger, accepted, taught, ended, buffers };
    },

    async *walk(shard, birth) {
      const key = scripts.key(shard, `hour:${birth}`);
      let cursor = "0";
      do {
        const [next, flat] = await redis.hscan(key, cursor, "COUNT", CHUNK);
        // While Redis rehashes, it may return a field twice.
        const counts: Counts = new Map();
        for (let i = 0; i < flat.length; i += 2)
          if (!isBookkeeping(flat[i] as string)) counts.set(flat[i] as string, Number(flat[i + 1]));
        if (counts.size > 0) yield counts;
        cursor = next;
      } while (cursor !== "0");
    },

    async adopt(shard) {
      await scripts.runInLife("adopt", shard, (run, id) => [run, id]);
    },
    async settle(shard, birth, readAt, counts) {
      // Pages show unsynced views of stories and chapters only.
      const views = [...counts].filter(([field]) => /^[sc]\d/.test(field));
      for (let i = 0; i < views.length; i += CHUNK)
        await scripts.run("settle", shard, [birth, readAt, "", ...views.slice(i, i + CHUNK).flat()]);
    },
    async finish(shard, birth, readAt, writes) {
      await scripts.run("settle", shard, [birth, readAt, writes]);
    },
    async close(shard, birth, writes) {
      return (await scripts.run("close", shard, [birth, writes])) === 1;
    },
    async isShortOfMemory() {
      const { usedBytes, limitBytes } = await readRedisMemory(redis);
      return limitBytes !== null && usedBytes > limitBytes * SHORT_OF_MEMORY;
    },
  };
}
