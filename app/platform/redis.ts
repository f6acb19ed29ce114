import { Redis } from "ioredis";

/**
 * The client that counts. It never waits and never repeats: no queue while offline, and no resending of commands whose
 * reply was lost (left on, 400 ms of lost replies turned one view into four). It reconnects for ever, twice a second.
 * A connection that owes an answer for `silenceMs` is given up for a new one: a network that lost a connection without a
 * word (a firewall's table, an address that moved) would otherwise leave it dead until TCP gives up, a quarter of an hour later.
 * `onError` hears why a connection failed; without a listener an error would end the process.
 */
export function connectCountingRedis(url: string, onError: (error: Error) => void, silenceMs = 1000): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    socketTimeout: silenceMs,
    retryStrategy: () => 500,
    // After a failover the old primary answers READONLY for ever; a new connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    connectionName: "tidemark-count",
  });
  redis.on("error", onError);
  return redis;
}

/** BullMQ's own connection: it waits for Redis as long as it takes, as workers should. */
export function connectWaitingRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 200, 2000),
    connectionName: "tidemark-work",
  });
  redis.on("error", onError);
  return redis;
}
