import { Redis } from "ioredis";

/**
 * The client that counts. It never waits and never retries: it does not queue commands while offline, nor resend commands whose
 * reply was lost (when it did, 400 ms of lost replies turned one view into four). It reconnects forever, twice a second.
 * A connection that owes a reply for `silenceMs` is replaced: if the network drops a connection silently (a firewall's table,
 * an address that moved), it would otherwise stay dead until TCP gives up, a quarter of an hour later.
 * `onError` is called with the reason why a connection failed; without a listener, an error would end the process.
 */
export function connectCountingRedis(url: string, onError: (error: Error) => void, silenceMs = 1000): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2000,
    socketTimeout: silenceMs,
    retryStrategy: () => 500,
    // After a failover the old primary answers READONLY forever; a new connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    connectionName: "tidemark-count",
  });
  redis.on("error", onError);
  return redis;
}

/** The worker's connection for BullMQ: it waits for Redis for as long as it takes, as workers should. */
export function connectWaitingRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 200, 2000),
    connectionName: "tidemark-work",
  });
  redis.on("error", onError);
  return redis;
}
