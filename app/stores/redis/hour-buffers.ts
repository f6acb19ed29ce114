import type { Redis } from "ioredis";
import { type BufferTotals, type Counts, idOf, isBookkeeping, isViews } from "~/tracker/hour-buffer";
import type { HourBuffers } from "~/tracker/ports";
import { readRedisMemory } from "./memory";
import type { ScriptArgument, Scripts } from "./scripts";

/** Counters per read of a buffer and per settle call: each takes Redis less than a millisecond. */
const READ_CHUNK = 500;
const SETTLE_CHUNK = 200;
/** Counters that the sync gets at a time: enough that a transaction's own cost hardly matters, few enough that it is short. */
const PIECE = 16_000;
/**
 * Counters that are read and sorted before they are handed out (some 20 MB): Redis returns them in no order, and Postgres has most of
 * its work with pages that a transaction touches for one row each.
 */
const READ_AHEAD = 8 * PIECE;
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
      const readSome = async (from: string): Promise<{ counts: Counts; cursor: string }> => {
        // While Redis rehashes, it may return a field twice.
        const counts: Counts = new Map();
        let cursor = from;
        do {
          const [next, flat] = await redis.hscan(key, cursor, "COUNT", READ_CHUNK);
          for (let i = 0; i < flat.length; i += 2) {
            const field = flat[i] as string;
            if (!isBookkeeping(field)) counts.set(field, Number(flat[i + 1]));
          }
          cursor = next;
        } while (cursor !== "0" && counts.size < READ_AHEAD);
        return { counts, cursor };
      };
      type Some = Awaited<ReturnType<typeof readSome>>;
      let reading: Promise<Some> | null = readSome("0");
      while (reading) {
        const { counts, cursor }: Some = await reading;
        // More is read while this is written to Postgres. If that fails, the walk ends, and this reading is dropped.
        reading = cursor === "0" ? null : readSome(cursor);
        reading?.catch(() => undefined);
        yield* inPieces(counts);
      }
    },

    async adopt(shard) {
      await scripts.runInLife("adopt", shard, (run, id) => [run, id]);
    },
    async settle(shard, birth, readAt, counts) {
      const call = (pairs: ScriptArgument[]) => scripts.run("settle", shard, [birth, readAt, "", ...pairs]);
      let pairs: ScriptArgument[] = [];
      for (const [field, count] of counts) {
        // Pages show unsynced views of stories and chapters only.
        if (!isViews(field)) continue;
        pairs.push(field, count);
        if (pairs.length < SETTLE_CHUNK * 2) continue;
        await call(pairs);
        pairs = [];
      }
      if (pairs.length > 0) await call(pairs);
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

/** The counters in the order of their stories' and chapters' ids, a piece at a time. */
function* inPieces(counts: Counts): Iterable<Counts> {
  const sorted = [...counts].map(([field, count]) => ({ id: idOf(field), field, count }));
  sorted.sort((a, b) => a.id - b.id);
  for (let from = 0; from < sorted.length; from += PIECE)
    yield new Map(sorted.slice(from, from + PIECE).map(({ field, count }) => [field, count]));
}
