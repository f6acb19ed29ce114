import type { Redis } from "ioredis";

export interface RedisLatency {
  /** Round trips of this process, µs. */
  medianUs: number;
  slowestUs: number;
  pings: number;
  /** What Redis itself noticed (LATENCY LATEST): empty where its monitor is off, as it is by default. */
  events: { event: string; at: Date; lastMs: number; worstMs: number }[];
}

const PINGS = 20;

/** Measures pings, one after the other. Rejects when Redis does not answer. */
export async function measureLatency(redis: Redis): Promise<RedisLatency> {
  const took: number[] = [];
  for (let ping = 0; ping < PINGS; ping += 1) {
    const startedAt = performance.now();
    await redis.ping();
    took.push((performance.now() - startedAt) * 1000);
  }
  took.sort((a, b) => a - b);
  return {
    medianUs: Math.round(took[PINGS / 2] ?? 0),
    slowestUs: Math.round(took.at(-1) ?? 0),
    pings: PINGS,
    events: await readEvents(redis),
  };
}

async function readEvents(redis: Redis): Promise<RedisLatency["events"]> {
  try {
    const rows = (await redis.latency("LATEST")) as [string, number, number, number][];
    return rows.map(([event, at, lastMs, worstMs]) => ({ event, at: new Date(at * 1000), lastMs, worstMs }));
  } catch (error) {
    // Some managed services refuse LATENCY.
    if (/^(NOPERM|ERR)/.test((error as Error).message)) return [];
    throw error;
  }
}
