import type { Redis } from "ioredis";

/** How much memory Redis uses, and how much it may use. */
export interface RedisMemory {
  usedBytes: number;
  /** `maxmemory`, or the machine's memory where Redis has no limit; null when Redis reports neither. */
  limitBytes: number | null;
  /** Whether Redis enforces the limit itself; otherwise the machine runs out of memory. */
  configured: boolean;
}

/** Reads how full Redis is, as it reports itself. Rejects when it does not answer or forbids INFO. */
export async function readRedisMemory(redis: Redis): Promise<RedisMemory> {
  const info = await redis.info("memory");
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0);
  const configured = number("maxmemory") > 0;
  return {
    usedBytes: number("used_memory"),
    limitBytes: number("maxmemory") || number("total_system_memory") || null,
    configured,
  };
}
