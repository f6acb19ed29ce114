import path from "node:path";
import { Redis } from "ioredis";
import { findRedis, startRedis } from "../../scripts/services/redis";

export interface SiteRedis {
  url: string;
  /** For reading the site's data. Use it only while Redis is running. */
  client: Redis;
  /** Starts the server again on the same port and data; does nothing if it is running. */
  start(): Promise<void>;
  /** Ends the server process; does nothing if it has ended. */
  stop(): Promise<void>;
  /** SIGKILL: it ends without a word, and `start` starts it again. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: while frozen, it keeps its connections and does not answer. @throws Error where Redis runs in docker. */
  freeze(): void;
  thaw(): void;
}

/** A Redis server for one site, so that stopping it affects no other. */
export async function startSiteRedis(dir: string, port: number): Promise<SiteRedis> {
  const source = findRedis();
  if ("missing" in source) throw new Error(`The browser tests need a Redis: ${source.missing}.`);
  const options = { dir: path.join(dir, "redis"), port, logFile: path.join(dir, "redis.log") };
  let server: Awaited<ReturnType<typeof startRedis>> | null = await startRedis(source, options);
  const client = new Redis(server.url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Tests stop the server on purpose.
  client.on("error", () => undefined);
  await client.connect();
  const signal = (name: NodeJS.Signals) => {
    if (!server) return;
    if (server.pid === undefined)
      throw new Error("This test freezes and kills a Redis: redis-server must be on the PATH.");
    process.kill(server.pid, name);
  };
  return {
    url: server.url,
    client,
    async start() {
      if (server) return;
      server = await startRedis(source, options);
      await client.connect();
    },
    async stop() {
      if (!server) return;
      client.disconnect();
      await server.stop();
      server = null;
    },
    async kill() {
      if (!server) return;
      client.disconnect();
      signal("SIGKILL");
      await server.ended;
      server = null;
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
  };
}
