import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { findRedisRisks, infoField, readSave } from "~/platform/redis-safety";
import { withTimeoutOrNull } from "~/tracker/timeout";
import type { Facts } from "./facts";

export type RedisFacts = Pick<Facts, "memory" | "redisRisks" | "failedJobs">;

/** Redis must answer within this time, ms: an evaluation of the rules must not wait for it. */
const TIMEOUT_MS = 1000;
/** How many of the latest failed jobs are read. */
const LATEST_JOBS = 100;

/**
 * Memory, the risks to views in Redis, and failed jobs; null when Redis does not answer in time. Never rejects. It queries Redis directly,
 * not through the breaker, so that a drill does not affect it.
 */
export function readRedisFacts(redis: Redis | null, queue: Queue | null, since: Date) {
  if (!redis || !queue) return Promise.resolve(null);
  return withTimeoutOrNull(TIMEOUT_MS, query(redis, queue, since));
}

async function query(redis: Redis, queue: Queue, since: Date): Promise<RedisFacts> {
  const [info, save] = await Promise.all([redis.info(), readSave(redis)]);
  await queue.waitUntilReady();
  const failed = await queue.getFailed(0, LATEST_JOBS - 1);
  const recent = failed.filter((job) => (job?.finishedOn ?? 0) >= since.getTime());
  return {
    memory: parseMemory(info),
    redisRisks: findRedisRisks(info, save),
    failedJobs: { count: recent.length, error: recent[0]?.failedReason ?? null },
  };
}

/** Parses the memory in INFO. Without a `maxmemory` setting, Redis may use the machine's memory. */
export function parseMemory(info: string): Facts["memory"] {
  const bytes = (name: string) => Number(infoField(info, name));
  const used = bytes("used_memory");
  return Number.isFinite(used)
    ? { used, limit: bytes("maxmemory") || bytes("total_system_memory") || 0 }
    : null;
}
