import type { Redis } from "ioredis";
import type { OfferedRow } from "~/tracker/fallback-row";
import { fieldOf, parseField } from "~/tracker/hour-buffer";
import type { DedupeMemory, HourBuffers, ReadUnsynced, ViewStore } from "~/tracker/ports";
import { allShards, shardOf } from "~/tracker/shard";
import {
  type CountResult,
  type Offer,
  type PlacedTarget,
  type Target,
  targetKey,
  type View,
} from "~/tracker/view";
import { DAY_MS, type DedupeWindow, dayOf, MINUTE_MS } from "~/tracker/window";
import { createHourBuffers } from "./hour-buffers";
import { createReadCounted } from "./read-counted";
import { prepareScripts, type ScriptArgument } from "./scripts";

/** Distinct referrer hosts kept per story and hour; the rest count as "other". */
const MAX_REFERRERS = 100;
/** Rows per reconcile call, so that no other command waits long for it. */
const RECONCILE_CHUNK = 128;
/** Targets per call when all of them are walked. */
const WALK_CHUNK = 500;
/** This close to midnight, the clocks of the web process and of Redis may disagree about the day. */
const MIDNIGHT_DOUBT_MS = 5 * MINUTE_MS;

/** What an answer says of a shard's ledger. */
export interface LedgerAnswer {
  shard: number;
  ledger: string;
  /** The total that this life of the ledger has accepted. */
  accepted: number;
  /** How many of them in this answer. */
  counted: number;
  /** The number of its call, in the order of sending: answers that arrive together may be told of in any order. */
  call: number;
}

/** What is told of the ledgers with every answer. */
export interface LedgerListeners {
  onLedger?: (answer: LedgerAnswer) => void;
  /** How many views of outages this life of a shard has been taught. */
  onTaught?: (shard: number, ledger: string, taught: number) => void;
}

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
  /** Yields the unsynced views of every target that has any, some hundreds at a time, as they are while it walks. */
  walkUnsynced(): AsyncIterable<{ target: Target; unsynced: number }[]>;
  /** Views of these targets that were counted in Redis from one hour up to another (hours since 1970) and are not in Postgres. */
  unsyncedIn(targets: readonly PlacedTarget[], fromHour: number, toHour: number): Promise<number>;
  /** Adds to side counters of stories: `x:7:robot` → 12. */
  addDetails(counts: Map<number, Map<string, number>>): Promise<void>;
  /** Begins another life of the ledger unless another process did; resolves to the id that it has now. */
  renewLedger(shard: number, from: string): Promise<string>;
  readCounted: ReturnType<typeof createReadCounted>;
}

/**
 * Creates the store that counts in Redis, with every decision in Lua (see scripts). Methods reject when Redis does not answer
 * or refuses; the caller (the breaker) sets the time limits. `prefix` starts the name of every key.
 */
export function createRedisViews(
  redis: Redis,
  window: DedupeWindow,
  { onLedger = () => {}, onTaught = () => {} }: LedgerListeners = {},
  prefix = "",
): RedisViews {
  const scripts = prepareScripts(redis, prefix);
  const lengths = [window.length, window.generation, window.grace, window.daysBefore];
  let calls = 0;

  /** One offer as record.lua takes it: parts separated by spaces, the referrer last. */
  function offerArgument(offer: Offer, view: View): string {
    const at = view.at ?? view.seenAt;
    const day = dayOf(at);
    const nextDayMatters = view.at !== undefined || (day + 1) * DAY_MS - at < MIDNIGHT_DOUBT_MS;
    const isStory = offer.kind === "story";
    let argument = `${fieldOf(offer)} ${day} ${view.at ?? ""} ${isStory ? view.device : ""} `;
    argument += `${nextDayMatters ? offer.key(day + 1) : ""} `;
    for (let back = 0; back <= window.daysBefore; back += 1) argument += `${offer.key(day - back)} `;
    return isStory ? argument + view.referrer : argument;
  }

  /** The keys of a reader who has just signed in, from before that: an argument of its own, as few views have them. */
  function formerKeysArgument({ formerKey }: Offer, view: View): string | null {
    if (!formerKey) return null;
    const day = dayOf(view.at ?? view.seenAt);
    let argument = "+";
    for (let back = 0; back <= window.daysBefore; back += 1) argument += ` ${formerKey(day - back)}`;
    return argument;
  }

  async function record(views: View[]): Promise<CountResult[][]> {
    const results: CountResult[][] = views.map(() => []);
    const byShard = new Map<number, { args: ScriptArgument[]; places: number[] }>();
    views.forEach((view, place) => {
      for (const offer of view.offers) {
        const shard = shardOf(offer.storyId);
        const batch = byShard.get(shard) ?? { args: [], places: [] };
        byShard.set(shard, batch);
        batch.args.push(offerArgument(offer, view));
        const formerKeys = formerKeysArgument(offer, view);
        if (formerKeys !== null) batch.args.push(formerKeys);
        batch.places.push(place);
      }
    });
    await Promise.all(
      [...byShard].map(async ([shard, { args, places }]) => {
        let call = 0;
        const [ledger, accepted, ...reply] = (await scripts.runInLife("record", shard, (run, id) => {
          call = calls++;
          return [...lengths, run, id, MAX_REFERRERS, window.maxAhead, ...args];
        })) as [string, number, ...number[]];
        let newlyCounted = 0;
        places.forEach((place, i) => {
          const counted = reply[i * 2] === 1;
          if (counted) newlyCounted += 1;
          results[place]?.push({ counted, count: reply[i * 2 + 1] ?? 0 });
        });
        onLedger({ shard, ledger, accepted, counted: newlyCounted, call });
      }),
    );
    return results;
  }

  async function reconcileSome(shard: number, rows: OfferedRow[]): Promise<boolean[]> {
    const args = rows.flatMap(({ at, viewer, otherKeys, formerKeys }) => {
      // A signed-in reader has one key for all days.
      const keyOf = (day: number) => otherKeys.get(day) ?? (otherKeys.size === 0 ? viewer : "");
      const keys: ScriptArgument[] = [keyOf(1), viewer];
      for (let back = 1; back <= window.daysBefore; back += 1) keys.push(keyOf(-back));
      for (let back = 0; back <= window.daysBefore; back += 1) keys.push(formerKeys.get(-back) ?? "");
      return [dayOf(at), at, ...keys];
    });
    const [ledger, taught, ...reply] = (await scripts.runInLife("reconcile", shard, (run, id) => [
      ...lengths,
      run,
      id,
      ...args,
    ])) as [string, number, ...number[]];
    onTaught(shard, ledger, taught);
    return reply.map((counts) => counts === 1);
  }

  const readUnsynced: ReadUnsynced = async (targets) => {
    try {
      const unsynced = new Map<string, number>();
      await Promise.all(
        allShards.map(async (shard) => {
          const mine = targets.filter((target) => shardOf(target.storyId) === shard);
          if (mine.length === 0) return;
          const counts = await redis.hmget(scripts.key(shard, "pending"), ...mine.map(fieldOf));
          for (const [i, target] of mine.entries()) unsynced.set(targetKey(target), Number(counts[i] ?? 0));
        }),
      );
      return unsynced;
    } catch {
      // The page shows readCount alone; the breaker reports that Redis is unreachable.
      return null;
    }
  };

  const hourBuffers = createHourBuffers(redis, scripts);
  const sumOf = (counts: (string | null)[]) => counts.reduce((sum, count) => sum + Number(count ?? 0), 0);

  return {
    ...hourBuffers,
    record,
    readUnsynced,
    async probe() {
      await redis.set(`${prefix}tidemark:probe`, process.pid, "PX", 60_000);
    },
    async unsynced() {
      const ledgers = await Promise.all(
        allShards.map((shard) => redis.hmget(scripts.key(shard, "ledger"), "unsynced", "oldest")),
      );
      const views = ledgers.map(([unsynced]) => Math.max(0, Number(unsynced ?? 0)));
      const oldest = ledgers.flatMap(([, at], i) => (views[i] && at ? [Number(at)] : []));
      return {
        views: views.reduce((sum, count) => sum + count, 0),
        oldestAt: oldest.length > 0 ? Math.min(...oldest) : null,
      };
    },
    async *walkUnsynced() {
      for (const shard of allShards) {
        let cursor = "0";
        do {
          const [next, flat] = await redis.hscan(scripts.key(shard, "pending"), cursor, "COUNT", WALK_CHUNK);
          cursor = next;
          // While Redis rehashes, it may return a field twice.
          const found = new Map<string, { target: Target; unsynced: number }>();
          for (let i = 0; i < flat.length; i += 2) {
            const field = parseField(flat[i] as string);
            if (field?.type === "views")
              found.set(flat[i] as string, {
                target: { kind: field.kind, id: field.id },
                unsynced: Number(flat[i + 1]),
              });
          }
          yield [...found.values()];
        } while (cursor !== "0");
      }
    },
    async unsyncedIn(targets, fromHour, toHour) {
      const sums = allShards.map(async (shard) => {
        const fields = targets.filter(({ storyId }) => shardOf(storyId) === shard).map(fieldOf);
        if (fields.length === 0) return 0;
        const { buffers } = await hourBuffers.readShard(shard);
        const some = buffers.filter(({ hour }) => hour >= fromHour && hour < toHour);
        const counts = some.map(async ({ birth }) => {
          const [counted, settled] = await Promise.all([
            redis.hmget(scripts.key(shard, `hour:${birth}`), ...fields),
            redis.hmget(scripts.key(shard, `settled:${birth}`), ...fields),
          ]);
          return sumOf(counted) - sumOf(settled);
        });
        return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      });
      return (await Promise.all(sums)).reduce((sum, count) => sum + count, 0);
    },
    async addDetails(counts) {
      await Promise.all(
        allShards.map(async (shard) => {
          const pairs = [...counts]
            .filter(([storyId]) => shardOf(storyId) === shard)
            .flatMap(([, fields]) => [...fields].flat());
          if (pairs.length > 0) await scripts.runInLife("details", shard, (run, id) => [run, id, ...pairs]);
        }),
      );
    },
    async reconcile(shard, rows) {
      const counts: boolean[] = [];
      // Oldest first, so one call after the other: an older row decides about a newer one.
      for (let from = 0; from < rows.length; from += RECONCILE_CHUNK)
        counts.push(...(await reconcileSome(shard, rows.slice(from, from + RECONCILE_CHUNK))));
      return counts;
    },
    readCounted: createReadCounted(scripts, window),
    async renewLedger(shard, from) {
      return (await scripts.runInLife("renew", shard, (_run, id) => [from, id])) as string;
    },
  };
}
