import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../../app/runtime/create-runtime";
import { freePort } from "../../scripts/services/free-port";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { quiesce, readAs, sumsOf } from "../support/readers";
import { createTestRuntime, scratchDirectory } from "../support/runtime";
import { createTestDatabase } from "../support/services";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";
import { until } from "../support/until";
import { createStory } from "../support/views";

/** Distinguishes a hang from a slow machine; a reader's real limit is VIEW_REDIS_TIMEOUT_MS. */
const HANG_MS = 10_000;
/** Longer than the defaults of 150 and 1000: a test machine under load is not an outage. */
const REDIS_MS = 400;
const DATABASE_MS = 4000;
/** Replies later than every time limit. */
const LATE_MS = 1000;

interface Fault {
  name: string;
  /** The fault is in the network: the client reaches Redis through the proxy. */
  byProxy?: boolean;
  /** Maximum calls of the store from the fault until the breaker closes. None where a lost connection reports it first. */
  calls: 0 | 1;
  reason: RegExp;
  start(): unknown;
  end(): unknown;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: OwnRedis;
let proxy: TcpProxy;
const scratch = scratchDirectory("outage");
let serial = 0;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startOwnRedis()]);
  proxy = await startTcpProxy(redis.port);
  await createStory(database.pool, "warm-up");
});
afterAll(async () => {
  await proxy?.stop();
  await redis?.remove();
  await database?.drop();
  scratch.remove();
});

/** Restarts Redis with keys that take two seconds to load, at a millisecond each. */
async function restartLoading() {
  await redis.ask(async (client) => {
    const filler = client.pipeline();
    for (let key = 0; key < 2000; key += 1) filler.set(`filler:${key}`, "x");
    await filler.exec();
    await client.bgrewriteaof();
    await until("the AOF is rewritten", async () =>
      /aof_rewrite_in_progress:0/.test(await client.info("persistence")),
    );
  });
  await redis.stop();
  loaded = redis.start(["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]);
  // Awaited when the fault ends; a test that fails before that has its own message.
  loaded.catch(() => undefined);
  const answer = () => redis.ask((client) => client.ping()).catch((error: Error) => error.message);
  await until("Redis is loading", async () => /^LOADING/.test(await answer()));
}
let loaded: Promise<void> = Promise.resolve();

const faults: Fault[] = [
  {
    name: "refused: the process is gone",
    calls: 0,
    reason: /connection to Redis/,
    start: () => redis.stop(),
    end: () => redis.start(),
  },
  {
    name: "frozen: SIGSTOP",
    calls: 1,
    reason: /no answer within \d+ ms/,
    start: () => redis.freeze(),
    end: () => redis.thaw(),
  },
  {
    name: "slow: replies a second late",
    byProxy: true,
    calls: 1,
    reason: /no answer within \d+ ms/,
    start: () => proxy.fail({ kind: "slow", ms: LATE_MS }),
    end: () => proxy.heal(),
  },
  {
    name: "replies dropped on the way, then the connection is cut",
    byProxy: true,
    calls: 1,
    reason: /no answer within \d+ ms/,
    start: () => proxy.fail({ kind: "dropping" }),
    end: () => proxy.heal(),
  },
  {
    name: "replies dropped on the way, and the connection stays dead for ever",
    byProxy: true,
    calls: 1,
    reason: /no answer within \d+ ms/,
    start: () => proxy.fail({ kind: "dropping" }),
    end: () => proxy.heal({ leaveDead: true }),
  },
  {
    name: "the connection is cut mid-script",
    byProxy: true,
    calls: 1,
    reason: /connection/i,
    start: () => proxy.fail({ kind: "cutting" }),
    end: () => proxy.heal(),
  },
  {
    name: "LOADING after a restart",
    calls: 0,
    reason: /connection to Redis/,
    start: restartLoading,
    end: () => loaded,
  },
  {
    name: "READONLY after a failover",
    calls: 1,
    reason: /^READONLY/,
    start: async () => {
      const unusedPort = await freePort();
      await redis.ask((client) => client.replicaof("127.0.0.1", unusedPort));
    },
    end: () => redis.ask((client) => client.replicaof("NO", "ONE")),
  },
  {
    name: "OOM under noeviction",
    calls: 1,
    reason: /^OOM/,
    start: () => redis.ask((client) => client.config("SET", "maxmemory", "1")),
    end: () => redis.ask((client) => client.config("SET", "maxmemory", "0")),
  },
  {
    name: "a password that the site does not know",
    calls: 0,
    reason: /connection to Redis/,
    start: () =>
      redis.ask(async (client) => {
        await client.config("SET", "requirepass", "another");
        await client.call("CLIENT", "KILL", "TYPE", "normal");
      }),
    end: () => redis.ask((client) => client.config("SET", "requirepass", ""), "another"),
  },
];

/** Counts the calls and probes that reach Redis, and the most probes in flight at once. */
function watch({ redisViews }: Runtime) {
  if (!redisViews) throw new Error("this runtime counts in Redis");
  const seen = { calls: 0, probes: 0, probing: 0, mostProbing: 0 };
  const { record, probe } = redisViews;
  redisViews.record = (views) => {
    seen.calls += 1;
    return record(views);
  };
  redisViews.probe = async () => {
    seen.probes += 1;
    seen.probing += 1;
    seen.mostProbing = Math.max(seen.mostProbing, seen.probing);
    // A probe that the breaker has given up on (the reply never comes) is no longer in flight.
    const gaveUp = new Promise<void>((resolve) => setTimeout(resolve, REDIS_MS));
    const probed = probe();
    await Promise.race([probed.catch(() => undefined), gaveUp]).finally(() => {
      seen.probing -= 1;
    });
    return probed;
  };
  return seen;
}

async function answeredInTime<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error("a reader waited for Redis")), HANG_MS).unref(),
  );
  return Promise.race([work, late]);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("an outage of Redis", () => {
  it.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (_name, fault) => {
    const { byProxy, calls, reason, start, end } = fault;
    const slug = `outage-${serial++}`;
    await createStory(database.pool, slug);
    const runtime = await createTestRuntime({
      DATABASE_URL: database.url,
      REDIS_URL: byProxy ? `redis://127.0.0.1:${proxy.port}` : redis.url,
      JOURNAL_DIR: scratch.dir,
      VIEW_REDIS_TIMEOUT_MS: String(REDIS_MS),
      VIEW_DATABASE_TIMEOUT_MS: String(DATABASE_MS),
    });
    const read = (reader: number) => answeredInTime(readAs(runtime.countView, slug, reader));
    const inRedis = runtime.redisViews as NonNullable<Runtime["redisViews"]>;
    let ended = false;
    try {
      // Connects and loads the script: a cold start on a busy machine may take longer than a reader waits.
      let warming = 0;
      await until("counting in Redis", async () => {
        warming += 1;
        return (await readAs(runtime.countView, "warm-up", `ffff:${serial}:${warming}`)).path === "redis";
      });
      for (const reader of range(0, 5))
        expect(await read(reader)).toMatchObject({ counted: true, path: "redis" });

      const seen = watch(runtime);
      await start();
      // A lost connection is reported by itself: no reader has to find out.
      if (calls === 0)
        await until("the lost connection is noticed", () => runtime.mode().mode === "database");
      // Only Redis knows readers 0 to 4: Postgres counts them again, and reconcile retracts that.
      const atOnce = await Promise.all(range(0, 30).map(read));
      expect(atOnce).toEqual(atOnce.map(() => expect.objectContaining({ counted: true, path: "database" })));
      expect(runtime.mode()).toMatchObject({ mode: "database", reason: expect.stringMatching(reason) });
      for (const reader of range(30, 60))
        expect(await read(reader)).toMatchObject({ counted: true, path: "database" });
      // Long enough that probes which pass too easily would close the breaker in the middle of the fault.
      await until("three probes", () => seen.probes >= 3);
      expect(await read(59)).toMatchObject({ counted: false, reason: "duplicate", path: "database" });
      expect(seen.calls, "only calls in flight at the moment of the fault reached Redis").toBeLessThanOrEqual(
        calls,
      );

      const healed = Promise.resolve(end()).finally(() => {
        ended = true;
      });
      let reader = 60;
      await until("counting in Redis again, without help", async () => {
        // Readers keep arriving while the breaker decides; none of them is used as a probe.
        const outcomes = await Promise.all(range(reader, reader + 5).map(read));
        reader += 5;
        return outcomes.every((outcome) => outcome.path === "redis" && outcome.counted);
      });
      await healed;
      expect(seen.mostProbing, "one probe at a time").toBe(1);
      expect(runtime.mode()).toMatchObject({ mode: "redis", reason: "" });

      await quiesce(database.pool, inRedis);
      const sums = await sumsOf(database.pool, slug);
      expect(sums).toMatchObject({ readCount: reader, history: reader });
      expect(sums.retracted, "the readers that Redis knew were retracted").toBeGreaterThanOrEqual(5);
    } finally {
      // A test that failed in the middle must leave a working Redis to the next one.
      if (!ended) await end();
      await runtime.close();
    }
    const changes = await database.db.modeChange.findMany({
      where: { process: runtime.process },
      orderBy: { id: "asc" },
    });
    await database.db.modeChange.deleteMany();
    expect(changes).toContainEqual(
      expect.objectContaining({ from: "redis", to: "database", reason: expect.stringMatching(reason) }),
    );
    expect(changes.at(-1)).toMatchObject({ from: "database", to: "redis", reason: "Redis answers again" });
  });
});

describe("a frozen Redis on a site without readers", () => {
  it("is found by whatever asks it first, and is said not to answer", async () => {
    const runtime = await createTestRuntime({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      JOURNAL_DIR: scratch.dir,
    });
    try {
      await runtime.warmUp();
      await until("counting in Redis", () => runtime.mode().mode === "redis");
      redis.freeze();
      expect(await runtime.liveStatus()).toMatchObject({ redis: "down" });
      await until("the connection is given up", () => runtime.mode().mode === "database");
      expect(runtime.mode().reason).toBe("no answer within 1000 ms");
    } finally {
      redis.thaw();
      await runtime.close();
    }
  });
});
