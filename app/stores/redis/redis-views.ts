import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { fieldOf, type HourBuffer } from "~/tracker/hour-buffer";
import type { DedupeMemory, HourBuffers, ReadUnsynced, ViewStore } from "~/tracker/ports";
import { allShards, shardOf, shardTag } from "~/tracker/shard";
import { type CountResult, type Offer, targetKey, type View } from "~/tracker/view";
import { DAY_MS, type DedupeWindow, dayOf, MINUTE_MS } from "~/tracker/window";

const source = (name: string) => readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
const scripts = {
  record: source("seen") + source("record"),
  reconcile: source("seen") + source("reconcile"),
  details: source("details"),
  snapshot: source("snapshot"),
  settle: source("settle"),
  close: source("close"),
  rename: source("rename"),
};

/** Distinct referrer hosts kept per story and hour; the rest count as "other". */
const MAX_REFERRERS = 100;
/** Pairs per settle call: about 2 ms of Redis's time. */
const SETTLE_CHUNK = 1000;
/** This close to midnight, the clocks of the web process and of Redis may disagree about the day. */
const MIDNIGHT_DOUBT_MS = 5 * MINUTE_MS;

/**
 * Called with a shard's ledger on every answer: `accepted` is the total it ever accepted, `counted` how many of them in this
 * answer. A smaller total than before, under the same id, means that Redis came back older than it was.
 */
export type OnLedger = (shard: number, ledger: string, accepted: number, counted: number) => void;

/** Views that are not in Postgres yet, and since when the oldest has been waiting (Unix ms). */
export interface Unsynced {
  views: number;
  oldestAt: number | null;
}

/** Everything that Tidemark does with its keys in Redis. */
export interface RedisViews extends ViewStore, HourBuffers, DedupeMemory {
  /** Writes, because a full or read-only Redis still answers reads. */
  probe(): Promise<void>;
  readUnsynced: ReadUnsynced;
  unsynced(): Promise<Unsynced>;
  /** Adds to side counters of stories: `x:7:robot` → 12. */
  addDetails(counts: Map<number, Map<string, number>>): Promise<void>;
  /** Continues the ledger under a new id, whose count starts at `base`; null when another process did so first. */
  renameLedger(shard: number, from: string, base: number): Promise<string | null>;
}

/** Operators read why views are counted elsewhere; ioredis's own message talks about its options. */
function throwReadable(error: Error): never {
  throw error.message.startsWith("Stream isn't writeable")
    ? new Error("there is no connection to Redis")
    : error;
}

/**
 * Creates the store that counts in Redis, with every decision in Lua (see scripts). Methods reject when Redis does not answer
 * or refuses; the caller (the breaker) sets the time limits.
 */
export function createRedisViews(
  redis: Redis,
  window: DedupeWindow,
  onLedger: OnLedger = () => {},
): RedisViews {
  for (const [name, lua] of Object.entries(scripts))
    redis.defineCommand(`tide_${name}`, { lua, numberOfKeys: 1 });
  const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>;
  const run = (name: keyof typeof scripts, shard: number, args: (string | number)[]): Promise<unknown> => {
    const answer = commands[`tide_${name}`]?.(`${shardTag(shard)}:ledger`, ...args);
    return answer?.catch(throwReadable) ?? Promise.reject(new Error(`there is no script ${name}`));
  };
  const lengths = [window.length, window.generation, window.grace];
  const newId = () => randomBytes(6).toString("base64url");

  function offerArgs(offer: Offer, view: View): (string | number)[] {
    const at = view.at ?? view.seenAt;
    const day = dayOf(at);
    const intoDay = at - day * DAY_MS;
    const nextDayMatters = view.at !== undefined || DAY_MS - intoDay < MIDNIGHT_DOUBT_MS;
    const isStory = offer.kind === "story";
    return [
      fieldOf(offer),
      day,
      offer.key(day),
      offer.key(day - 1),
      nextDayMatters ? offer.key(day + 1) : "",
      view.at ?? "",
      isStory ? view.referrer : "",
      isStory ? view.device : "",
    ];
  }

  async function record(views: View[]): Promise<CountResult[][]> {
    const results: CountResult[][] = views.map(() => []);
    const byShard = new Map<number, { args: (string | number)[]; places: number[] }>();
    views.forEach((view, place) => {
      for (const offer of view.offers) {
        const shard = shardOf(offer.storyId);
        const batch = byShard.get(shard) ?? { args: [...lengths, newId(), MAX_REFERRERS], places: [] };
        byShard.set(shard, batch);
        batch.args.push(...offerArgs(offer, view));
        batch.places.push(place);
      }
    });
    await Promise.all(
      [...byShard].map(async ([shard, { args, places }]) => {
        const [ledger, accepted, ...reply] = (await run("record", shard, args)) as [
          string,
          number,
          ...number[],
        ];
        let newlyCounted = 0;
        places.forEach((place, i) => {
          const counted = reply[i * 2] === 1;
          if (counted) newlyCounted += 1;
          results[place]?.push({ counted, count: reply[i * 2 + 1] ?? 0 });
        });
        onLedger(shard, ledger, accepted, newlyCounted);
      }),
    );
    return results;
  }

  const readUnsynced: ReadUnsynced = async (targets) => {
    try {
      const unsynced = new Map<string, number>();
      await Promise.all(
        allShards.map(async (shard) => {
          const mine = targets.filter((target) => shardOf(target.storyId) === shard);
          if (mine.length === 0) return;
          const counts = await redis.hmget(`${shardTag(shard)}:pending`, ...mine.map(fieldOf));
          for (const [i, target] of mine.entries()) unsynced.set(targetKey(target), Number(counts[i] ?? 0));
        }),
      );
      return unsynced;
    } catch {
      // The page shows readCount alone; the breaker reports that Redis is unreachable.
      return null;
    }
  };

  return {
    record,
    readUnsynced,
    async probe() {
      await redis.set("tidemark:probe", process.pid, "PX", 60_000);
    },
    async unsynced() {
      const ledgers = await Promise.all(
        allShards.map((shard) => redis.hmget(`${shardTag(shard)}:ledger`, "accepted", "settled", "oldest")),
      );
      const numbers = ledgers.map((values) => values.map((value) => Number(value ?? 0)));
      const unsynced = numbers.map(([accepted = 0, settled = 0]) => Math.max(0, accepted - settled));
      const oldest = numbers.flatMap(([, , at = 0], i) => (unsynced[i] && at > 0 ? [at] : []));
      return {
        views: unsynced.reduce((sum, count) => sum + count, 0),
        oldestAt: oldest.length > 0 ? Math.min(...oldest) : null,
      };
    },
    async addDetails(counts) {
      await Promise.all(
        allShards.map(async (shard) => {
          const pairs = [...counts]
            .filter(([storyId]) => shardOf(storyId) === shard)
            .flatMap(([, fields]) => [...fields].flat());
          if (pairs.length > 0) await run("details", shard, [newId(), ...pairs]);
        }),
      );
    },
    async reconcile(shard, rows) {
      const args = rows.flatMap((row) => [
        dayOf(row.at),
        row.viewer,
        row.otherKeys.get(-1) ?? "",
        row.otherKeys.get(1) ?? "",
        row.at,
      ]);
      const reply = (await run("reconcile", shard, [...lengths, ...args])) as number[];
      return reply.map((counts) => counts === 1);
    },
    async snapshot(shard) {
      const [at, ledger, base, accepted, ...rest] = (await run("snapshot", shard, [])) as [
        number,
        string,
        number,
        number,
        ...(string | string[])[],
      ];
      const buffers: HourBuffer[] = [];
      for (let i = 0; i < rest.length; i += 3) {
        const flat = rest[i + 2] as string[];
        const counts = new Map<string, number>();
        for (let j = 0; j < flat.length; j += 2) counts.set(flat[j] as string, Number(flat[j + 1]));
        buffers.push({ hour: Number(rest[i]), birth: rest[i + 1] as string, counts });
      }
      buffers.sort((a, b) => a.hour - b.hour);
      return { at, ledger, base, accepted, buffers };
    },
    async settle(shard, buffer, readAt) {
      const pairs = [...buffer.counts];
      for (let i = 0; i < pairs.length; i += SETTLE_CHUNK) {
        const chunk = pairs.slice(i, i + SETTLE_CHUNK).flat();
        if ((await run("settle", shard, [buffer.hour, buffer.birth, readAt, ...chunk])) !== 1) return false;
      }
      return true;
    },
    async renameLedger(shard, from, base) {
      const to = newId();
      return (await run("rename", shard, [from, to, base])) === 1 ? to : null;
    },
    async close(shard, { hour, birth }) {
      return (await run("close", shard, [hour, birth])) === 1;
    },
  };
}
