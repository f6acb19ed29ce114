import { rmSync } from "node:fs";
import path from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../scripts/services/free-port";
import type { Service } from "../../scripts/services/postgres";
import { isAlive } from "../../scripts/services/process";
import { scratchFolder } from "../../scripts/services/reaper";
import { findRedis, startRedisServer } from "../../scripts/services/redis";

/** A Redis server for one test file, so that its outages affect no other file. */
export interface OwnRedis {
  url: string;
  port: number;
  /** The directory of its append-only file. */
  dir: string;
  /** Starts it again on the same data; resolves when it answers and has loaded everything. */
  start(settings?: string[]): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL: it ends without writing or saying anything more. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: while frozen, it keeps its connections and does not answer. */
  freeze(): void;
  thaw(): void;
  /** Opens a connection for `work` and closes it afterwards. */
  ask<T>(work: (redis: Redis) => Promise<T>, password?: string): Promise<T>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** Starts a Redis server on a free port. @throws Error when there is no redis-server on the PATH. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const source = findRedis();
  if (!("program" in source))
    throw new Error("These tests stop and freeze a Redis: redis-server must be on the PATH.");
  const scratch = scratchFolder("redis");
  const options = {
    dir: path.join(scratch, "data"),
    port: await freePort(),
    logFile: path.join(scratch, "redis.log"),
  };
  let service: Service = await startRedisServer(source.program, options);
  const signal = (name: NodeJS.Signals) => {
    if (service.pid !== undefined && isAlive(service.pid)) process.kill(service.pid, name);
  };
  return {
    url: service.url,
    port: options.port,
    dir: options.dir,
    async start(settings) {
      service = await startRedisServer(source.program, { ...options, settings });
    },
    stop: () => service.stop(),
    async kill() {
      signal("SIGKILL");
      await service.ended;
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async ask(work, password) {
      const redis = new Redis(service.url, {
        password,
        lazyConnect: true,
        retryStrategy: () => null,
        enableReadyCheck: false,
      });
      // Commands report their errors themselves.
      redis.on("error", () => undefined);
      try {
        await redis.connect();
        return await work(redis);
      } finally {
        redis.disconnect();
      }
    },
    async remove() {
      await service.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
