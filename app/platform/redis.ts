import { Redis, type RedisOptions } from "ioredis";

/**
 * Replies of a server that cannot be used any more, or not yet: an old primary after a failover, a replica that lost
 * its primary, a server that loads its file. None of them has executed the command. A connection to an old primary would
 * answer like this forever; a new one looks the name up again and finds the new primary. UNBLOCKED is what a worker's blocking
 * command gets when its server becomes a replica.
 */
const WRONG_SERVER = /^(READONLY|MASTERDOWN|LOADING|UNBLOCKED)/;

/** True for the error of a server that did not execute the command, and of which the client has taken leave by then. */
export const isWrongServer = (error: Error) => WRONG_SERVER.test(error.message);

/** True for ioredis's words on a command that found no connection, or lost it. */
export const isOffline = ({ message }: Error) =>
  /^(Stream isn't writeable|Connection is closed|Reached the max retries per request)/.test(message);

/** Where every connection sends its commands: tracing follows them there. */
export const redisCommands: Pick<Redis, "sendCommand"> = Redis.prototype;

/** What every connection has in common; names are resolved anew at each connect. All times in ms. */
const RULES = {
  connectTimeout: 2000,
  /** The kernel probes an idle connection after this long, and gives it up ten seconds later. */
  keepAlive: 10_000,
  /** A server that does not answer the end of a connection is not waited for. */
  disconnectTimeout: 500,
  /** How often a server that loads its file is asked whether it has finished. */
  maxLoadingRetryTime: 1000,
  retryStrategy: () => 500,
} satisfies RedisOptions;

/** A request to the queue that has no reply after this long, ms, makes its connection a dead one. */
const REQUEST_SILENCE_MS = 1000;
/** The same for the worker, whose scripts may wait behind a slow one. */
const WORKER_SILENCE_MS = 5000;
/** BullMQ's blocking command is silent for up to ten seconds by design (its `maximumBlockTimeout`). */
const BLOCKED_SILENCE_MS = 12_000;

/**
 * Makes a connection that follows its server. It reconnects forever; a server that turns out to be the wrong one is left; and a
 * connection that owes a reply for `socketTimeout` is replaced, because one that the network dropped silently (a firewall's
 * table, an address that moved) would otherwise stay dead until TCP gives up, a quarter of an hour later. `onError` is called
 * with the reason why a connection failed or was left; without a listener, an error would end the process.
 */
function connect(
  url: string,
  { resend, ...options }: RedisOptions & { socketTimeout: number; resend: boolean },
  onError: (error: Error) => void,
): Redis {
  const redis = new Redis(url, {
    ...RULES,
    ...options,
    reconnectOnError(error) {
      if (!isWrongServer(error)) return false;
      // The caller of a command that is sent again never sees this error.
      if (resend) onError(error);
      return resend ? 2 : 1;
    },
  });
  redis.on("error", onError);
  return redis;
}

/**
 * The client that counts. It never waits and never retries: it does not queue commands while offline, nor resend commands whose
 * reply was lost (when it did, 400 ms of lost replies turned one view into four). `silenceMs`: a connection that owes a reply
 * for this long is replaced.
 */
export const connectCountingRedis = (url: string, onError: (error: Error) => void, silenceMs = 1000): Redis =>
  connect(
    url,
    {
      connectionName: "tidemark-count",
      socketTimeout: silenceMs,
      resend: false,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    },
    onError,
  );

/**
 * The connection of "Run now" and of the queue board. A person is waiting, so a command fails at once while there is no
 * connection, and when its second connection is lost too.
 */
export const connectRequestRedis = (url: string, onError: (error: Error) => void): Redis =>
  connect(
    url,
    {
      connectionName: "tidemark-queue",
      socketTimeout: REQUEST_SILENCE_MS,
      resend: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
    },
    onError,
  );

/**
 * The connection that operators' pages look into Redis with: on another one, their commands would stand in front of views. It fails at
 * once while there is no connection.
 */
export const connectInspectingRedis = (url: string, onError: (error: Error) => void): Redis =>
  connect(
    url,
    {
      connectionName: "tidemark-inspect",
      socketTimeout: REQUEST_SILENCE_MS,
      resend: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    },
    onError,
  );

/**
 * The worker's connection for BullMQ: it waits for Redis for as long as it takes, and sends again what had no reply. BullMQ
 * duplicates it for its blocking command, and the copy may be silent for longer.
 */
export function connectWaitingRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = connect(
    url,
    {
      connectionName: "tidemark-work",
      socketTimeout: WORKER_SILENCE_MS,
      resend: true,
      maxRetriesPerRequest: null,
    },
    onError,
  );
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => duplicate({ socketTimeout: BLOCKED_SILENCE_MS, ...override });
  return redis;
}
