import { once } from "node:events";
import type { Redis } from "ioredis";
import { keepLastReading, type LastReading } from "~/platform/last-reading";
import { type Clients, readClients } from "./clients";
import { measureLatency, type RedisLatency } from "./latency";
import { type KeySample, sampleKeys } from "./sample-keys";
import { readServerState, type ServerState } from "./server-state";
import { readSlowCommands, type SlowCommands } from "./slow-commands";

/** Looks into Redis for operators, in parts that fail separately. None rejects, and all answer within their deadline. */
export interface RedisInspection {
  server(): Promise<LastReading<ServerState>>;
  keys(): Promise<LastReading<KeySample>>;
  slowCommands(): Promise<LastReading<SlowCommands>>;
  clients(): Promise<LastReading<Clients>>;
  latency(): Promise<LastReading<RedisLatency>>;
  close(): void;
}

const TIMEOUT_MS = 1000;
/** Pages that ask within this time, ms, share a reading. */
const SHARED_MS = 2000;
/** A sample of keys takes hundreds of small commands. */
const KEYS_SHARED_MS = 60_000;

/** Creates the inspection. It connects when it is first asked, on a connection of its own. */
export function createRedisInspection(
  connect: () => Redis,
  prefix: string,
  onError: (error: Error) => void,
): RedisInspection {
  let connection: Redis | null = null;

  async function connected(): Promise<Redis> {
    connection ??= connect();
    // A command that finds no connection fails at once, so the first one waits for it.
    if (connection.status !== "ready") await once(connection, "ready");
    return connection;
  }
  const keep = <T>(read: (redis: Redis) => Promise<T>, sharedMs = SHARED_MS) =>
    keepLastReading(async () => read(await connected()), { timeoutMs: TIMEOUT_MS, sharedMs, onError });

  return {
    server: keep(readServerState),
    keys: keep((redis) => sampleKeys(redis, prefix), KEYS_SHARED_MS),
    slowCommands: keep((redis) => readSlowCommands(redis, prefix)),
    clients: keep(readClients),
    latency: keep(measureLatency),
    close: () => connection?.disconnect(),
  };
}
