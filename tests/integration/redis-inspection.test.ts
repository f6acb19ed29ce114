import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGrowth, readRedisSeries } from "../../app/pages/redis/read-history";
import { timeToLimit } from "../../app/pages/redis/time-to-limit";
import { connectInspectingRedis } from "../../app/platform/redis";
import { groupClients } from "../../app/stores/redis/inspection/clients";
import { kindOfKey } from "../../app/stores/redis/inspection/key-kinds";
import { createRedisInspection } from "../../app/stores/redis/inspection/redis-inspection";
import { estimate, sampleKeys } from "../../app/stores/redis/inspection/sample-keys";
import { describeEntry } from "../../app/stores/redis/inspection/slow-commands";
import { takeRedisSample } from "../../app/telemetry/redis-samples";
import { createRandom } from "../../prisma/seed/random";
import { type OwnRedis, startOwnRedis } from "../support/own-redis";
import { createTestDatabase } from "../support/services";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startOwnRedis()]);
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.remove();
  await database?.drop();
});

describe("the sample of keys", () => {
  it("knows what each key is for, and another site's by its prefix", () => {
    expect(
      [
        "s:{v0}:seen:41000:12",
        "s:{v3}:hour:ab12",
        "s:{v1}:settled:ab12",
        "s:{v1}:pending",
        "s:{v2}:generations",
        "s:{tidemark}:tidemark-sync:12",
        "{v0}:seen:1",
        "s:sessions",
      ].map((key) => kindOfKey(key, "s:")),
    ).toEqual(["seen", "hours", "hours", "pending", "ledger", "queue", "other", "other"]);
  });

  it("is exact for kinds with few keys, and close to the truth with an error for the others", async () => {
    await redis.flushall();
    const text = (bytes: number) => randomBytes(bytes).toString("hex").slice(0, bytes);
    await redis.set("{v0}:pending", text(20_000));
    const pipeline = redis.pipeline();
    for (let bucket = 0; bucket < 3000; bucket += 1)
      pipeline.set(`{v0}:seen:41000:${bucket}`, text(100 + (bucket % 400)));
    await pipeline.exec();
    let truth = 0;
    for (let bucket = 0; bucket < 3000; bucket += 1)
      truth += Number(await redis.memory("USAGE", `{v0}:seen:41000:${bucket}`));
    const random = createRandom(7);
    const { kinds, seen, total } = await sampleKeys(redis, "", () => random.next());
    expect([seen, total]).toEqual([3001, 3001]);
    const seenKind = kinds.find(({ kind }) => kind === "seen");
    expect(seenKind).toMatchObject({ keys: 3000, measured: 200 });
    expect(seenKind?.error).toBeGreaterThan(0);
    expect(seenKind?.error).toBeLessThan(truth * 0.1);
    expect(Math.abs((seenKind?.bytes ?? 0) - truth)).toBeLessThan(2 * (seenKind?.error ?? 0));
    expect(kinds.find(({ kind }) => kind === "pending")).toMatchObject({
      keys: 1,
      error: 0,
      bytes: Number(await redis.memory("USAGE", "{v0}:pending")),
    });
  });

  it("scales what was measured, and knows that a full count has no error", () => {
    expect(estimate([100, 100, 100], 10)).toMatchObject({ bytes: 1000, error: 0 });
    expect(estimate([50, 150], 2)).toMatchObject({ bytes: 200, error: 0 });
    expect(estimate([50, 150, 50, 150], 400).error).toBeGreaterThan(1000);
  });
});

describe("what other people's text could get onto the page by", () => {
  it("leaves the arguments of slow commands out, and the names of other programs' connections", () => {
    const entry = describeEntry(
      [
        4,
        1_796_000_000,
        12_000,
        ["EVALSHA", "ab12", "1", "{v0}:ledger", "c3.u8 a-reader"],
        "10.0.0.1:5",
        "evil <b>",
      ],
      "",
    );
    expect(entry).toMatchObject({ command: "EVALSHA", kind: "ledger", arguments: 4, client: null });
    expect(JSON.stringify(entry)).not.toMatch(/reader|evil|10\.0\.0\.1|ab12/);
    expect(describeEntry([5, 0, 1, ["<script>", "x"]], "").command).toBe("?");
    expect(describeEntry([5, 0, 1, ["client", "list", "... (34 more arguments)"]], "")).toMatchObject({
      command: "CLIENT LIST",
      arguments: 35,
    });
  });

  it("groups connections by the names that Tidemark gave", () => {
    const groups = groupClients(
      "id=1 addr=a name=tidemark-count age=10 idle=2 tot-mem=100\nid=2 addr=b name=tidemark-count age=50 idle=1 tot-mem=1\nid=3 addr=c name=<b>other age=1 idle=0 tot-mem=5\n",
    );
    expect(groups).toEqual([
      { name: "tidemark-count", connections: 2, oldestSeconds: 50, idleSeconds: 2, bytes: 101 },
      { name: null, connections: 1, oldestSeconds: 1, idleSeconds: 0, bytes: 5 },
    ]);
  });
});

describe("the inspection", () => {
  it("fails by part within its deadline while Redis is frozen, and keeps what it read", async () => {
    const inspection = createRedisInspection(
      () => connectInspectingRedis(server.url, () => undefined),
      "",
      () => undefined,
    );
    const first = await inspection.server();
    expect(first.why).toBeNull();
    expect(first.data?.persistence.aof).not.toBeNull();
    expect((await inspection.clients()).data?.groups?.map(({ name }) => name)).toContain("tidemark-inspect");
    expect((await inspection.latency()).data?.pings).toBe(20);
    server.freeze();
    try {
      // Never read before, so there is nothing to keep; and the page gets its answer all the same.
      const slow = await inspection.slowCommands();
      expect(slow).toMatchObject({ data: null, readAt: null });
      expect(slow.why).not.toBeNull();
    } finally {
      server.thaw();
    }
    inspection.close();
  });
});

describe("the history of Redis", () => {
  it("has one row per minute, however many workers there are", async () => {
    const at = Date.UTC(2026, 10, 30, 12, 0, 20);
    await takeRedisSample(redis, database.pool, at);
    await takeRedisSample(redis, database.pool, at + 10_000);
    await takeRedisSample(redis, database.pool, at + 60_000);
    const rows = await database.db.redisSample.findMany({ orderBy: { at: "asc" } });
    expect(rows.map((row) => row.at.toISOString())).toEqual([
      "2026-11-30T12:00:00.000Z",
      "2026-11-30T12:01:00.000Z",
    ]);
    expect(rows[0]).toMatchObject({ limitBytes: null, keys: 3001n });
    expect(Number(rows[0]?.usedBytes)).toBeGreaterThan(500_000);
  });

  it("tells the growth, when the limit is reached, and that there is no trend where memory goes up and down", async () => {
    await database.db.redisSample.deleteMany();
    const now = new Date(Date.UTC(2026, 10, 30, 12));
    const rows = (bytes: (minute: number) => number) =>
      Array.from({ length: 180 }, (_, minute) => ({
        at: new Date(now.getTime() - (180 - minute) * 60_000),
        usedBytes: BigInt(Math.round(bytes(minute))),
        keys: 1n,
        clients: 1,
        opsPerSecond: 1,
      }));
    // 1 MB per hour: 24 MB per day.
    await database.db.redisSample.createMany({ data: rows((minute) => 100e6 + (minute / 60) * 1024 ** 2) });
    const growth = await readGrowth(database.db, now);
    expect(growth?.bytesPerDay).toBeCloseTo(24 * 1024 ** 2, -2);
    const memory = { usedBytes: 100 * 1024 ** 2, limitBytes: 148 * 1024 ** 2, machineBytes: null };
    expect(timeToLimit(memory, growth)).toEqual({
      value: "In 48 hours",
      note: "24 MB per day in the last 3 hours, up to the limit",
    });
    expect(timeToLimit({ ...memory, limitBytes: null, machineBytes: 24 * 1024 ** 4 }, growth)).toMatchObject({
      value: "Over a year",
      note: expect.stringContaining("the machine's memory"),
    });
    const series = await readRedisSeries(database.db, {
      from: now.getTime() - 3 * 3_600_000,
      to: now.getTime(),
      stepSeconds: 3600,
    });
    expect(series.points.filter(({ values }) => values !== null).length).toBeGreaterThanOrEqual(3);

    await database.db.redisSample.deleteMany();
    await database.db.redisSample.createMany({ data: rows((minute) => 100e6 + (minute % 7) * 5e6) });
    expect(timeToLimit(memory, await readGrowth(database.db, now)).value).toBe("No growth");
    await database.db.redisSample.deleteMany();
    expect(timeToLimit(memory, await readGrowth(database.db, now)).value).toBe("Not known yet");
  });
});
