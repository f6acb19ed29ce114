import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { findRedisRisks, type RedisRisk, readRedisRisks } from "../../app/platform/redis-safety";
import { connectRedis } from "../../app/runtime/connect-redis";
import { planWindow } from "../../app/tracker/window";
import { freePort } from "../../scripts/services/free-port";
import type { Service } from "../../scripts/services/postgres";
import { scratchFolder } from "../../scripts/services/reaper";
import { findRedis, startRedisServer } from "../../scripts/services/redis";
import { until } from "../support/until";

/** A server that may not write files beyond this size stands for one whose disk is full. */
const FILE_LIMIT_BLOCKS = 64;
/** Random, because snapshots are compressed. */
const MORE_THAN_THAT = randomBytes(FILE_LIMIT_BLOCKS * 1024 * 2).toString("base64");

let program: string;
let service: Service | null = null;
let redis: Redis;

beforeAll(() => {
  const source = findRedis();
  if (!("program" in source)) throw new Error("These tests start servers: redis-server must be on the PATH.");
  program = source.program;
});
afterEach(async () => {
  redis?.disconnect();
  // A server that cannot write its file refuses to end otherwise.
  if (service?.pid) process.kill(service.pid, "SIGKILL");
  await service?.stop();
  service = null;
});

/** Starts a server of its own with these settings, on a full disk if asked. */
async function start(settings: string[], { fullDisk = false } = {}) {
  const scratch = scratchFolder("redis-safety");
  const limited = path.join(scratch, "redis-server-with-a-full-disk");
  writeFileSync(limited, `#!/bin/sh\ntrap '' XFSZ\nulimit -f ${FILE_LIMIT_BLOCKS}\nexec ${program} "$@"\n`);
  chmodSync(limited, 0o700);
  service = await startRedisServer(fullDisk ? limited : program, {
    dir: path.join(scratch, "data"),
    port: await freePort(),
    logFile: path.join(scratch, "redis.log"),
    settings,
  });
  redis = new Redis(service.url);
  return service.url;
}
const kinds = async () => (await readRedisRisks(redis)).map(({ kind }) => kind);

describe("a Redis that may lose views", () => {
  it("is not one that keeps an append-only file and evicts nothing", async () => {
    await start([]);
    expect(await kinds()).toEqual([]);
  });

  it("keeps nothing on disk, or snapshots only", async () => {
    await start(["--appendonly", "no"]);
    expect(await readRedisRisks(redis)).toEqual([
      {
        kind: "no-file",
        urgent: true,
        text: expect.stringMatching(/nothing on disk.*Set appendonly yes\.$/),
      },
    ]);
    await redis.config("SET", "save", "3600 1");
    expect(await kinds()).toEqual(["snapshots-only"]);
    await redis.config("SET", "appendonly", "yes");
    expect(await kinds()).toEqual([]);
  });

  it("evicts", async () => {
    await start(["--maxmemory-policy", "volatile-lru"]);
    expect((await readRedisRisks(redis))[0]).toMatchObject({ kind: "eviction", urgent: true });
  });

  it("is a replica", async () => {
    await start([]);
    await redis.replicaof("127.0.0.1", await freePort());
    expect(await kinds()).toEqual(["replica"]);
  });

  it("cannot write or rewrite its append-only file", async () => {
    await start([], { fullDisk: true });
    await redis.set("large", MORE_THAN_THAT).catch(() => undefined);
    await until("a failed write", async () => (await kinds()).includes("file-write"));
    await redis.bgrewriteaof();
    await until("a failed rewrite", async () => (await kinds()).includes("file-rewrite"));
  });

  it("cannot write snapshots, and has nothing else", async () => {
    await start(["--appendonly", "no", "--save", "3600 1"], { fullDisk: true });
    await redis.set("large", MORE_THAN_THAT);
    await redis.bgsave();
    await until("a failed snapshot", async () => (await kinds()).includes("snapshot-write"));
    expect(await kinds()).toEqual(["snapshots-only", "snapshot-write"]);
  });

  it("is known by INFO alone where CONFIG is refused, as managed services do", async () => {
    await start(["--appendonly", "no"]);
    await redis.acl("SETUSER", "default", "-config");
    expect((await readRedisRisks(redis))[0]).toMatchObject({
      kind: "snapshots-only",
      text: expect.stringMatching(/if it writes any/),
    });
  });

  it("is not one whose server says nothing about files", () => {
    expect(findRedisRisks("redis_version:7.4.0\r\nrole:master\r\n", null)).toEqual([]);
  });

  it("is named in the log once, when a process connects", async () => {
    const url = await start(["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]);
    const lines: [{ risk: RedisRisk["kind"] }, string][] = [];
    const counting = connectRedis({
      env: { REDIS_URL: url, VIEW_TRACKING_REDIS_ENABLED: true, VIEW_REDIS_TIMEOUT_MS: 150 },
      role: "web",
      pool: undefined,
      window: planWindow(24, 6),
      onMode: () => undefined,
      log: { warn: (fields: { risk: RedisRisk["kind"] }, text: string) => lines.push([fields, text]) },
      warn: () => undefined,
    } as unknown as Parameters<typeof connectRedis>[0]);
    try {
      await until("two lines", () => lines.length === 2);
      expect(lines.map(([{ risk }]) => risk)).toEqual(["eviction", "no-file"]);
      expect(lines[1]?.[1]).toMatch(/^Redis keeps nothing on disk/);
      await redis.config("SET", "save", "3600 1");
      await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await until("a line about what changed", () => lines.length > 2);
      expect(lines.slice(2).map(([{ risk }]) => risk)).toEqual(["snapshots-only"]);
    } finally {
      counting?.breaker.stop();
      counting?.client.disconnect();
    }
  });
});
