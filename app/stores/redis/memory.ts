import type { Redis } from "ioredis";

export interface RedisMemory {
  usedBytes: number;
  /** `maxmemory`, or the machine's memory where Redis has no limit of its own; null when it says neither. */
  limitBytes: number | null;
  /** Whether Redis itself keeps the limit; otherwise the machine does, less kindly. */
  configured: boolean;
}

/** How full Redis is, by its own word. Rejects when it does not answer or forbids INFO. */
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
