import type { Redis } from "ioredis";
import { findRedisRisks, infoField, type RedisRisk, readSave } from "~/platform/redis-safety";

/** The server, as INFO describes it. */
export interface ServerState {
  version: string;
  role: string;
  uptimeSeconds: number;
  usedBytes: number;
  peakBytes: number;
  /** `maxmemory`; null where no limit is set. */
  limitBytes: number | null;
  /** Of the machine; null where Redis does not tell. */
  machineBytes: number | null;
  policy: string;
  /** Memory of the process for each byte in use; high where memory was freed and not given back. */
  fragmentation: number;
  keys: number;
  clients: number;
  opsPerSecond: number;
  evicted: number;
  persistence: Persistence;
  risks: RedisRisk[];
}

/** How the server writes to disk, and how that went last. */
export interface Persistence {
  aof: {
    bytes: number;
    /** `always`, `everysec` or `no`; null where CONFIG may not be read. */
    fsync: string | null;
    lastWrite: string;
    lastRewrite: string;
    /** How often a write had to wait for the disk since the start. */
    delayed: number;
  } | null;
  snapshot: {
    /** When the last one was written, or when Redis started; null where there was none. */
    at: Date | null;
    /** Changes since. */
    changes: number;
    last: string;
    /** `save`: "" without a schedule; null where CONFIG may not be read. */
    schedule: string | null;
  };
}

/** Reads INFO and the settings that it does not have. Rejects when Redis does not answer or forbids INFO. */
export async function readServerState(redis: Redis): Promise<ServerState> {
  const [info, save, fsync] = await Promise.all([
    redis.info(),
    readSave(redis),
    readSetting(redis, "appendfsync"),
  ]);
  return parseServerState(info, save, fsync);
}

/** A setting of the server; null where CONFIG is refused, as on many managed services. */
export async function readSetting(redis: Redis, name: string): Promise<string | null> {
  try {
    const [, value] = (await redis.config("GET", name)) as string[];
    return value ?? null;
  } catch {
    // Without an answer INFO rejects as well, and the caller hears of it.
    return null;
  }
}

/** Parses INFO. A number that a server does not have is 0. */
export function parseServerState(info: string, save: string | null, fsync: string | null): ServerState {
  const text = (name: string) => infoField(info, name) ?? "";
  const number = (name: string) => Number(text(name)) || 0;
  const savedAt = number("rdb_last_save_time");
  return {
    version: text("redis_version"),
    role: text("role"),
    uptimeSeconds: number("uptime_in_seconds"),
    usedBytes: number("used_memory"),
    peakBytes: number("used_memory_peak"),
    limitBytes: number("maxmemory") || null,
    machineBytes: number("total_system_memory") || null,
    policy: text("maxmemory_policy"),
    fragmentation: number("mem_fragmentation_ratio"),
    keys: [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, match) => sum + Number(match[1]), 0),
    clients: number("connected_clients"),
    opsPerSecond: number("instantaneous_ops_per_sec"),
    evicted: number("evicted_keys"),
    persistence: {
      aof:
        text("aof_enabled") === "1"
          ? {
              bytes: number("aof_current_size"),
              fsync,
              lastWrite: text("aof_last_write_status"),
              lastRewrite: text("aof_last_bgrewrite_status"),
              delayed: number("aof_delayed_fsync"),
            }
          : null,
      snapshot: {
        at: savedAt ? new Date(savedAt * 1000) : null,
        changes: number("rdb_changes_since_last_save"),
        last: text("rdb_last_bgsave_status"),
        schedule: save,
      },
    },
    risks: findRedisRisks(info, save),
  };
}
