import type { Redis } from "ioredis";
import { KEY_KINDS, type KeyKind, kindOfKey } from "./key-kinds";

/** Keys and memory of one kind. */
export interface KindUsage {
  kind: KeyKind;
  keys: number;
  bytes: number;
  /** The bytes are off by at most this in 19 of 20 samples; 0 when every key was measured. */
  error: number;
  /** Keys whose memory was measured. */
  measured: number;
}

export interface KeySample {
  kinds: KindUsage[];
  /** Keys that were looked at, of all in the database. */
  seen: number;
  total: number;
}

/** Keys per SCAN step: it takes Redis some 0.1 ms, and other clients get their turn between two steps. */
const STEP = 200;
/** Steps at most: up to 80,000 keys. */
const STEPS = 400;
/** Keys of each kind that are measured. Nearly all kinds have fewer, and are then known exactly. */
const MEASURED = 200;
/** Keys measured per round trip; each is a command of its own, and of a large value Redis looks at five fields. */
const BATCH = 20;
const FIELDS = "5";

/**
 * Estimates the memory of each kind of key from a bounded sample: names from SCAN, sizes from MEMORY USAGE. No command holds Redis for
 * longer than a fraction of a millisecond, however much is in it. Rejects when Redis does not answer.
 */
export async function sampleKeys(redis: Redis, prefix: string, random = Math.random): Promise<KeySample> {
  const total = await redis.dbsize();
  const found = new Map<KeyKind, { keys: number; chosen: string[] }>();
  let seen = 0;
  let cursor = "0";
  for (let step = 0; step < STEPS; step += 1) {
    const [next, names] = await redis.scan(cursor, "COUNT", STEP);
    for (const name of names) {
      seen += 1;
      const kind = kindOfKey(name, prefix);
      const group = found.get(kind) ?? { keys: 0, chosen: [] };
      group.keys += 1;
      choose(group, name, random);
      found.set(kind, group);
    }
    cursor = next;
    if (cursor === "0") break;
  }
  // Keys come and go meanwhile, so the count of a whole scan is taken as it is.
  const scale = cursor === "0" || seen === 0 ? 1 : total / seen;
  const kinds: KindUsage[] = [];
  for (const kind of KEY_KINDS) {
    const group = found.get(kind);
    if (!group) continue;
    const sizes = await measure(redis, group.chosen);
    kinds.push({ kind, ...estimate(sizes, Math.round(group.keys * scale)) });
  }
  return { kinds, seen, total };
}

/** Keeps a uniform sample of the names that came so far (reservoir sampling). */
function choose(group: { keys: number; chosen: string[] }, name: string, random: () => number) {
  if (group.chosen.length < MEASURED) group.chosen.push(name);
  else {
    const place = Math.floor(random() * group.keys);
    if (place < MEASURED) group.chosen[place] = name;
  }
}

async function measure(redis: Redis, names: readonly string[]): Promise<number[]> {
  const sizes: number[] = [];
  for (let from = 0; from < names.length; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    const found = await Promise.all(batch.map((name) => redis.memory("USAGE", name, "SAMPLES", FIELDS)));
    // A key that expired meanwhile has no size.
    for (const size of found) if (size !== null) sizes.push(Number(size));
  }
  return sizes;
}

/** The sum over all keys, from the sizes of some, and the half-width of its 95% confidence interval. */
export function estimate(sizes: readonly number[], keys: number): Omit<KindUsage, "kind"> {
  const measured = sizes.length;
  if (measured === 0) return { keys, bytes: 0, error: 0, measured };
  const mean = sizes.reduce((sum, size) => sum + size, 0) / measured;
  const bytes = Math.round(mean * keys);
  if (measured >= keys || measured === 1) return { keys, bytes, error: 0, measured };
  const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / (measured - 1);
  const spread = Math.sqrt((variance / measured) * (1 - measured / keys));
  return { keys, bytes, error: Math.round(1.96 * spread * keys), measured };
}
